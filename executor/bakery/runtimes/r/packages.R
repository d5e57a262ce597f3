# Gets R packages: Debian's prebuilt ones where they exist, else sources from the repository R is set to (CRAN).
# /opt/slipway/debs collects the Debian packages for the finished image, /opt/slipway/library what was compiled.
slipway <- local({
  dir <- "/opt/slipway"
  library_dir <- file.path(dir, "library")
  debs_file <- file.path(dir, "debs")
  dir.create(library_dir, recursive = TRUE, showWarnings = FALSE)
  if (!file.exists(debs_file)) file.create(debs_file)
  .libPaths(c(library_dir, .libPaths()))
  base <- rownames(utils::installed.packages(priority = "base"))
  known <- system2("apt-cache", c("pkgnames", "r-"), stdout = TRUE)
  apt <- c("-o", "Acquire::https::CAInfo=/run/slipway/ca.crt")

  mirror <- Sys.getenv("SLIPWAY_CRAN_MIRROR")
  if (nzchar(mirror)) options(repos = c(CRAN = mirror))

  say <- function(...) cat("Slipway: ", ..., "\n", sep = "")
  # stopped ends the build with words that the page shows: what is missing, and after "Next:" what to do.
  stopped <- function(...) {
    cat("Slipway stopped the build: ", ..., "\n", sep = "", file = stderr())
    quit(save = "no", status = 1)
  }

  # The Debian package of each R package; NA where there is none.
  deb_of <- function(names) vapply(names, function(name) {
    hit <- intersect(paste0(c("r-cran-", "r-bioc-", "r-other-"), tolower(name)), known)
    if (length(hit)) hit[[1]] else NA_character_
  }, "", USE.NAMES = FALSE)

  apt_install <- function(debs) {
    if (!length(debs)) return(invisible())
    status <- system2("apt-get", c(apt, "install", "-qy", "--no-install-recommends", debs), env = "DEBIAN_FRONTEND=noninteractive")
    if (status != 0) stopped("apt-get could not install ", paste(debs, collapse = " "), "; the lines above say why.")
  }

  compile <- function(names) {
    repos <- paste(getOption("repos"), collapse = " ")
    available <- tryCatch(utils::available.packages(), error = function(e) NULL, warning = function(w) NULL)
    if (is.null(available) || !nrow(available)) {
      stopped("Debian has no prebuilt package for ", paste(names, collapse = ", "), ", and the package repository ", repos,
              " cannot be reached from here. Next: Ask the operator to name one that can be reached with SLIPWAY_CRAN_MIRROR; deploy again afterwards.")
    }
    missing <- setdiff(names, rownames(available))
    if (length(missing)) {
      stopped("There is no R package called ", paste(missing, collapse = ", "), ": neither Debian nor ", repos,
              " has it. Next: Correct the name, or install it by an init.R or install.R from where it is; push, and deploy again.")
    }
    needs <- setdiff(unlist(tools::package_dependencies(names, available, recursive = TRUE)), c(base, names))
    debs <- deb_of(needs)
    get(needs[!is.na(debs)])
    apt_install(debs[!is.na(debs)])
    utils::install.packages(c(needs[is.na(debs)], names), lib = library_dir, Ncpus = 2L, quiet = TRUE)
    failed <- setdiff(names, rownames(utils::installed.packages()))
    if (length(failed)) stopped("R could not compile ", paste(failed, collapse = ", "), "; the lines below say why.")
  }

  # get notes the Debian packages for the image; here they are installed only when something needs them (now).
  get <- function(names, now = FALSE) {
    names <- setdiff(unique(names), c(base, "R"))
    debs <- deb_of(names)
    found <- debs[!is.na(debs)]
    rest <- setdiff(names[is.na(debs)], rownames(utils::installed.packages()))
    if (length(found)) say("prebuilt in Debian: ", paste(found, collapse = " "))
    writeLines(unique(c(readLines(debs_file), found)), debs_file)
    if (now || length(rest)) apt_install(found)
    if (length(rest)) {
      say("compiled from source: ", paste(rest, collapse = " "))
      compile(rest)
    }
    invisible()
  }
  environment()
})
