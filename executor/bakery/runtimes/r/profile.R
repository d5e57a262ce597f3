# Lets an app's own install script (init.R, install.R) find Debian's prebuilt packages through install.packages().
source("/opt/slipway/packages.R")
local({
  ours <- function(pkgs, ..., repos = NULL) {
    archives <- grepl("[/.](tar\\.gz|tgz|zip)$|/", pkgs)
    if (any(archives)) utils::install.packages(pkgs[archives], lib = slipway$library_dir, repos = NULL, type = "source")
    slipway$get(pkgs[!archives], now = TRUE)
  }
  # Found before utils on the search path; calls that name utils:: themselves go to CRAN as they stand.
  attach(list(install.packages = ours), name = "slipway:install")
})
