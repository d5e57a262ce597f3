# A page and an API about Old Faithful: how the waiting times between its eruptions are spread.
# The data set comes with R: 272 eruptions, waiting times in minutes.
waiting <- datasets::faithful$waiting

# Writes one line per request to the log.
log_line <- function(...) cat(format(Sys.time(), "%Y-%m-%dT%H:%M:%OS3"), ..., "\n")

# The number of bins that was asked for, within what a person can read.
bins_of <- function(bins) {
  n <- suppressWarnings(as.integer(bins))
  if (length(n) != 1 || is.na(n)) return(NA_integer_)
  max(2L, min(n, 60L))
}

wrong <- function(res) {
  res$status <- 400
  list(error = "bins must be a whole number")
}

#* @filter log
function(req) {
  log_line(req$REQUEST_METHOD, req$PATH_INFO)
  plumber::forward()
}

#* The page
#* @get /
#* @serializer html
function() {
  page <- paste(readLines("page.html", encoding = "UTF-8"), collapse = "\n")
  sub("{{version}}", R.version$version.string, page, fixed = TRUE)
}

#* A histogram as a picture
#* @get /histogram.svg
#* @serializer svg list(width = 8, height = 4.5, bg = "transparent")
function(bins = 24, res) {
  n <- bins_of(bins)
  if (is.na(n)) n <- 24L
  par(mar = c(4.2, 4.2, 0.5, 0.5), col.axis = "#6b7280", col.lab = "#6b7280", fg = "#9ca3af")
  hist(waiting, breaks = seq(min(waiting), max(waiting), length.out = n + 1), main = NULL, col = "#2f80c2",
       border = NA, xlab = "Minutes between two eruptions", ylab = "Eruptions")
}

#* The same numbers as JSON
#* @get /api/histogram
#* @serializer unboxedJSON
function(bins = 24, res) {
  n <- bins_of(bins)
  if (is.na(n)) return(wrong(res))
  h <- hist(waiting, breaks = seq(min(waiting), max(waiting), length.out = n + 1), plot = FALSE)
  list(bins = n, mean = round(mean(waiting), 2), from = head(h$breaks, -1), to = tail(h$breaks, -1), count = h$counts)
}

#* @get /health
#* @serializer text
function() "ok"
