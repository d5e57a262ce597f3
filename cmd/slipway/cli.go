package main

import "github.com/spf13/cobra"

func cliCommands() []*cobra.Command { return nil }
