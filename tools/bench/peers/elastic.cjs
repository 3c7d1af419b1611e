/** elastic-apm-node with everything kept, and without what is no tracing. */
module.exports = function setUp(serverUrl) {
  const agent = require('elastic-apm-node').start({
    serverUrl,
    serviceName: 'bench',
    transactionSampleRate: 1,
    centralConfig: false,
    cloudProvider: 'none',
    metricsInterval: '0s',
    logLevel: 'off',
  });
  return () => agent.flush();
};
