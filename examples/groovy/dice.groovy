// The odds of a throw of dice, counted exactly.
@Grab('io.javalin:javalin:7.2.3')
@Grab('org.slf4j:slf4j-simple:2.0.17')
import groovy.transform.Field
import groovy.xml.MarkupBuilder
import io.javalin.Javalin

@Field static final String STYLE = '''
  :root { color-scheme: light dark; --ink: light-dark(#22191f, #f1e8ec); --paper: light-dark(#faf6f8, #1a1418);
          --bar: light-dark(#a3266a, #ef8fc0); --line: light-dark(#e5d8df, #3d2f37); }
  body { font: 16px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 42rem; margin: 0 auto; padding: 2rem 1.25rem; }
  h1 { margin: 0; } h1 + p { margin-top: .25rem; opacity: .8; } form { display: flex; gap: 1rem; flex-wrap: wrap; align-items: end; margin: 1.5rem 0; }
  label { display: grid; gap: .2rem; font-size: .9rem; } input { font: inherit; color: inherit; width: 6rem; padding: .4rem .6rem; border: 1px solid var(--line);
          border-radius: .4rem; background: transparent; } button { font: inherit; padding: .45rem 1.2rem; border: 0; border-radius: .4rem; background: var(--bar);
          color: light-dark(#fff, #1a1418); cursor: pointer; }
  table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; } th, td { padding: .15rem .5rem; text-align: right; font-weight: normal; }
  td:last-child { width: 70%; } td div { height: .8rem; min-width: 1px; border-radius: .2rem; background: var(--bar); }
'''

/** How many of all throws give each sum: one die more is every sum so far plus each side. */
static Map<Integer, BigInteger> ways(int dice, int sides) {
    (1..dice).inject([0: 1G]) { sums, die ->
        def next = new TreeMap<Integer, BigInteger>().withDefault { 0G }
        sums.each { sum, count -> (1..sides).each { next[sum + it] += count } }
        next
    } as Map<Integer, BigInteger>
}

/** A whole number from the query, kept within what a page can show. */
static int number(String value, int fallback, Range<Integer> range) {
    value?.isInteger() ? Math.min(range.to, Math.max(range.from, value as int)) : fallback
}

static String page(int dice, int sides) {
    def sums = ways(dice, sides)
    BigDecimal all = (sides as BigInteger)**dice
    def most = sums.values().max()
    def out = new StringWriter()
    out << '<!doctype html>\n'
    new MarkupBuilder(out).html(lang: 'en') {
        head {
            meta(charset: 'utf-8')
            meta(name: 'viewport', content: 'width=device-width, initial-scale=1')
            title('Dice')
            style { mkp.yieldUnescaped(STYLE) }
        }
        body {
            h1('Dice')
            p("The odds of each sum, by Groovy ${GroovySystem.version}.")
            form {
                label { mkp.yield('Dice'); input(type: 'number', name: 'dice', min: 1, max: 12, value: dice) }
                label { mkp.yield('Sides'); input(type: 'number', name: 'sides', min: 2, max: 20, value: sides) }
                button('Throw')
            }
            table {
                sums.each { sum, count ->
                    tr {
                        th(scope: 'row', sum)
                        td(String.format('%.2f %%', 100 * count / all))
                        td { div(style: "width: ${(100 * count / most as BigDecimal).setScale(1, java.math.RoundingMode.HALF_UP)}%", '') }
                    }
                }
            }
        }
    }
    out
}

System.setProperty('org.slf4j.simpleLogger.logFile', 'System.out')
System.setProperty('org.slf4j.simpleLogger.defaultLogLevel', 'warn')
int port = (System.getenv('PORT') ?: '8080') as int
def app = Javalin.create { config ->
    config.startup.showJavalinBanner = false
    config.requestLogger.http { ctx, millis -> println "${ctx.method()} ${ctx.path()} ${ctx.status().code} in ${Math.round(millis)} ms" }
    config.routes.get('/') { ctx -> ctx.html(page(number(ctx.queryParam('dice'), 2, 1..12), number(ctx.queryParam('sides'), 6, 2..20))) }
    config.routes.get('/health') { ctx -> ctx.result('ok') }
}
// SIGTERM runs this hook: requests under way finish, then the process ends.
addShutdownHook {
    println 'stopping'
    app.stop()
}
app.start(port)
println "listening on port ${port}"
