// Compiles the scripts of an app and keeps what their @Grab annotations fetched, so that the app starts without a
// network and on a read-only disk. Arguments: the app's folder, folder for classes, folder for jars, scripts.
import org.codehaus.groovy.control.CompilationUnit
import org.codehaus.groovy.control.CompilerConfiguration
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.StandardCopyOption

def (root, classes, jars) = args[0..2].collect { new File(it) }
[classes, jars]*.mkdirs()
args.drop(3).eachWithIndex { name, i ->
    def config = new CompilerConfiguration(targetDirectory: classes, sourceEncoding: 'UTF-8')
    def loader = new GroovyClassLoader(this.class.classLoader, config)
    loader.addClasspath(root.path)
    try {
        def unit = new CompilationUnit(config, null, loader)
        unit.addSource(new File(root, name))
        unit.compile()
    } catch (Exception e) {
        if (i == 0) {
            System.err.println "Slipway: ${name} does not compile.\n${e.message}"
            System.exit(1)
        }
        println "Slipway: ${name} does not compile and is left out: ${e.message}"
        return
    }
    loader.URLs.findAll { it.path.endsWith('.jar') }.each { url ->
        def jar = Path.of(url.toURI())
        Files.copy(jar, jars.toPath().resolve(jar.fileName), StandardCopyOption.REPLACE_EXISTING)
        println "Slipway: @Grab fetched ${jar.fileName}"
    }
}
