import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.lucene.util.Version;
import org.elasticsearch.Build;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.http.AbstractHttpServerTransport;
import org.elasticsearch.http.HttpServerTransport;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginsLoader;
import org.elasticsearch.rest.RestController;
import org.elasticsearch.rest.RestHandler;
import org.elasticsearch.rest.RestRequest.Method;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;

/**
 * One real Elasticsearch node from its published jars, on loopback: ElasticsearchNode JARS HOME PORT.
 *
 * JARS holds modules/transport-netty4 and is only read; HOME holds the data, and may be started on
 * again. There is no x-pack here, so no users, no roles, no retention and no built-in templates.
 */
public final class ElasticsearchNode {
    private static final String TRANSPORT = "transport-netty4";

    public static void main(String[] args) throws Exception {
        Path jars = Path.of(args[0]).toAbsolutePath();
        Path home = Path.of(args[1]).toAbsolutePath();
        for (String folder : List.of("config", "logs", "tmp")) Files.createDirectories(home.resolve(folder));
        System.setProperty("es.logs.base_path", home.resolve("logs").toString());
        System.setProperty("java.io.tmpdir", home.resolve("tmp").toString());
        installTransport(jars, home);

        Settings settings = Settings.builder()
            .put("path.home", home)
            .put("cluster.name", "ryzanstein")
            .put("node.name", "ryzanstein-1")
            .put("discovery.type", "single-node")
            // In a container it has to answer the others.
            .put("network.host", System.getProperty("ryzanstein.host", "127.0.0.1"))
            .put("http.port", args[2])
            .put("transport.port", "0")
            // A nearly full disk of a developer must not make every index read-only.
            .put("cluster.routing.allocation.disk.threshold_enabled", false)
            .build();
        Environment environment = new Environment(settings, home.resolve("config"));
        LogConfigurator.registerErrorListener();
        LogConfigurator.configureWithoutConfig(environment.settings());
        LogConfigurator.configureESLogging();

        // The last argument leaves out the module layers of the server's own start script, which a
        // class path does not have.
        Node node = new Node(environment, PluginsLoader.createPluginsLoader(
            PluginsLoader.loadModulesBundles(environment.modulesDir(), false), Set.of(), Map.of(), false));
        answerRoot(node);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> close(node)));
        node.start();
        Thread.currentThread().join();
    }

    private static void close(Node node) {
        try {
            node.close();
        } catch (IOException reason) {
            System.err.println("The node was not closed: " + reason.getMessage());
        }
    }

    /** Lays the module out below HOME as the server looks for it; its descriptor stands inside its jar. */
    private static void installTransport(Path jars, Path home) throws IOException {
        Path module = Files.createDirectories(home.resolve("modules").resolve(TRANSPORT));
        try (DirectoryStream<Path> files = Files.newDirectoryStream(jars.resolve("modules").resolve(TRANSPORT), "*.jar")) {
            for (Path file : files) {
                Path copy = module.resolve(file.getFileName());
                if (Files.notExists(copy)) Files.copy(file, copy);
                if (!file.getFileName().toString().startsWith(TRANSPORT)) continue;
                try (FileSystem jar = FileSystems.newFileSystem(file)) {
                    Path descriptor = module.resolve("plugin-descriptor.properties");
                    Path published = jar.getPath("META-INF", "es-plugins", TRANSPORT, "plugin-descriptor.properties");
                    // Named as a module it would want the server as modules, too, not as a class path.
                    List<String> lines = Files.readAllLines(published).stream().filter(line -> !line.startsWith("modulename=")).toList();
                    Files.write(descriptor, lines);
                }
            }
        }
    }

    /** The module that answers GET / is not published, and clients ask it for the version. */
    private static void answerRoot(Node node) throws ReflectiveOperationException {
        Field dispatcher = AbstractHttpServerTransport.class.getDeclaredField("dispatcher");
        dispatcher.setAccessible(true);
        RestController rest = (RestController) dispatcher.get(node.injector().getInstance(HttpServerTransport.class));
        ClusterService cluster = node.injector().getInstance(ClusterService.class);
        Build build = Build.current();
        RestHandler root = (request, channel, client) -> channel.sendResponse(new RestResponse(
            RestStatus.OK,
            channel.newBuilder().startObject()
                .field("name", cluster.getNodeName())
                .field("cluster_name", cluster.getClusterName().value())
                .field("cluster_uuid", cluster.state().metadata().clusterUUID())
                .startObject("version")
                .field("number", build.version())
                .field("build_flavor", build.flavor())
                .field("build_type", build.type().displayName())
                .field("build_hash", build.hash())
                .field("build_date", build.date())
                .field("build_snapshot", build.isSnapshot())
                .field("lucene_version", Version.LATEST.toString())
                .field("minimum_wire_compatibility_version", build.minWireCompatVersion())
                .field("minimum_index_compatibility_version", build.minIndexCompatVersion())
                .endObject()
                .field("tagline", "You Know, for Search")
                .endObject()));
        for (Method method : List.of(Method.GET, Method.HEAD))
            rest.registerHandler(RestHandler.Route.builder(method, "/").build(), root);
    }

    private ElasticsearchNode() {
    }
}
