package runtime

import "github.com/slipway-paas/slipway/executor/bakery/manifest"

// What every generated Dockerfile and the task profile agree on.
const (
	// AppDir is where the app lives in the image, owned by root and readable by AppUser.
	AppDir = "/app"
	// AppUser is the user every app runs as unless its plan names another: fixed numbers, so that no name has to exist
	// in an operator's own base image.
	AppUser = "10001:10001"
	// HomeDir is AppUser's home, a tmpfs at run time.
	HomeDir = "/tmp/home"
)

// The stable codes of warnings that runtimes and detection give.
const (
	WarnVersion     = "SLP-2001"           // the version asked for cannot be had; the nearest newer one is used
	WarnUnlocked    = "SLP-2002"           // no lock file: two builds of the same commit may differ
	WarnIgnored     = manifest.WarnIgnored // a file or a setting was understood and left out
	WarnSeveral     = "SLP-2004"           // more than one runtime or app would have fitted; one was chosen
	WarnProfile     = "SLP-2005"           // the app needs a weaker task profile than usual
	WarnUnsupported = "SLP-2007"           // the version gets no security fixes any more
	WarnNoStart     = "SLP-2006"           // nothing says how the app starts; a guess is made
	WarnUnfitLock   = "SLP-2008"           // the lock file does not fit what asks for the dependencies, so it is not kept to
)
