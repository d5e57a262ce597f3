package runtime

// The names of settings that every runtime has; what the person or a manifest says replaces the entry of that name.
const (
	SettingVersion    = "Version"
	SettingInstall    = "Install command"
	SettingBuild      = "Build command"
	SettingOutput     = "Output folder"
	SettingDockerfile = "Dockerfile"
	SettingPackages   = "Debian packages"
	SettingPort       = "Port"
	SettingHealth     = "Health check path"
	SettingStart      = "Start time limit"
	SettingWritable   = "Writable root"
	SettingUser       = "User"
	SettingMemory     = "Memory"
	SettingFinishes   = "Prints and exits"
	SettingRelease    = "Release command"
)
