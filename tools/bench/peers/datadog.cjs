/** dd-trace with everything kept, and without what is no tracing. */
module.exports = function setUp(url) {
  const tracer = require('dd-trace').init({
    url,
    service: 'bench',
    sampleRate: 1,
    startupLogs: false,
    runtimeMetrics: false,
    telemetry: { enabled: false },
    remoteConfig: { enabled: false },
  });
  return () => new Promise((done) => tracer._tracer._exporter._writer.flush(done));
};
