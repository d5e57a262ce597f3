# Lets an app's own install script (init.R, install.R) find Debian's prebuilt packages through install.packages().
# R reads this file before it attaches its standard packages, so it waits for utils, whose function it takes the place of.
local({
  take_over <- function(...) {
    source("/opt/slipway/packages.R")
    ours <- function(pkgs, ...) {
      archives <- grepl("/|[.](tar[.]gz|tgz)$", pkgs)
      if (any(archives)) utils::install.packages(pkgs[archives], lib = slipway$library_dir, repos = NULL, type = "source")
      slipway$get(pkgs[!archives], now = TRUE)
    }
    # Heroku's buildpack-r gives install scripts this function.
    attach(list(install.packages = ours, helpers.installPackages = function(...) ours(c(...))), name = "slipway:install")
  }
  if ("package:utils" %in% search()) take_over() else setHook(packageEvent("utils", "attach"), take_over)
})
