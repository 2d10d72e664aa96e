import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;

import org.apache.lucene.analysis.Analyzer;
import org.codelibs.opensearch.runner.node.OpenSearchRunnerNode;
import org.opensearch.analysis.common.CommonAnalysisModulePlugin;
import org.opensearch.common.settings.Settings;
import org.opensearch.env.Environment;
import org.opensearch.index.analysis.AnalyzerProvider;
import org.opensearch.index.analysis.PreBuiltAnalyzerProviderFactory;
import org.opensearch.index.analysis.PreConfiguredTokenizer;
import org.opensearch.index.analysis.TokenizerFactory;
import org.opensearch.indices.analysis.AnalysisModule.AnalysisProvider;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.plugins.Plugin;

/**
 * One OpenSearch node in this JVM, with HTTP and the modules that the service uses.
 *
 * Arguments: HOME NAME [setting=value ...]; a value with commas is a list.
 */
public class OpenSearchNode {
    private static final String[] MODULES = {
        "org.opensearch.transport.Netty4ModulePlugin",
        "OpenSearchNode$Analysis",
        "org.opensearch.painless.PainlessModulePlugin",
        "org.opensearch.index.mapper.MapperExtrasModulePlugin",
        "org.opensearch.index.reindex.ReindexModulePlugin",
    };

    /** Every index makes every analyzer, and a small Java has no dictionary for those of Thai. */
    public static class Analysis extends CommonAnalysisModulePlugin {
        @Override
        public Map<String, AnalysisProvider<AnalyzerProvider<? extends Analyzer>>> getAnalyzers() {
            Map<String, AnalysisProvider<AnalyzerProvider<? extends Analyzer>>> all =
                new TreeMap<>(super.getAnalyzers());
            all.remove("thai");
            return all;
        }

        @Override
        public Map<String, AnalysisProvider<TokenizerFactory>> getTokenizers() {
            Map<String, AnalysisProvider<TokenizerFactory>> all =
                new TreeMap<>(super.getTokenizers());
            all.remove("thai");
            return all;
        }

        @Override
        public List<PreBuiltAnalyzerProviderFactory> getPreBuiltAnalyzerProviderFactories() {
            List<PreBuiltAnalyzerProviderFactory> all =
                new ArrayList<>(super.getPreBuiltAnalyzerProviderFactories());
            all.removeIf(one -> one.getName().equals("thai"));
            return all;
        }

        @Override
        public List<PreConfiguredTokenizer> getPreConfiguredTokenizers() {
            List<PreConfiguredTokenizer> all = new ArrayList<>(super.getPreConfiguredTokenizers());
            all.removeIf(one -> one.getName().equals("thai"));
            return all;
        }
    }

    public static void main(String[] arguments) throws Exception {
        Path home = Path.of(arguments[0]).toAbsolutePath();
        String name = arguments[1];
        for (String below : new String[] {"config", "data", "logs", "modules", "plugins"}) {
            Files.createDirectories(home.resolve(below));
        }
        Settings.Builder settings = Settings.builder()
            .put("path.home", home.toString())
            .put("path.data", home.resolve("data").toString())
            .put("path.logs", home.resolve("logs").toString())
            .put("node.name", name);
        for (int i = 2; i < arguments.length; i++) {
            String[] pair = arguments[i].split("=", 2);
            if (pair[1].contains(",")) {
                settings.putList(pair[0], pair[1].split(","));
            } else {
                settings.put(pair[0], pair[1]);
            }
        }
        List<Class<? extends Plugin>> modules = new ArrayList<>();
        for (String module : MODULES) {
            modules.add(Class.forName(module).asSubclass(Plugin.class));
        }
        Environment environment = InternalSettingsPreparer.prepareEnvironment(
            settings.build(), Collections.emptyMap(), home.resolve("config"), () -> name);
        OpenSearchRunnerNode node = new OpenSearchRunnerNode(environment, modules);
        CountDownLatch end = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                node.close();
            } catch (Exception error) {
                error.printStackTrace();
            } finally {
                end.countDown();
            }
        }));
        node.start();
        end.await();
    }
}
