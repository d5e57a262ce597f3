// Package paas is the language of the platform: teams, apps, builds, releases, deployments, tasks and nodes, the
// states they go through and the rules that hold between them.
//
// It is pure: no I/O, no clock, no database tags. Time is passed in. Everything else in Slipway speaks this language
// and meets here; this package imports nothing of ours.
package paas
