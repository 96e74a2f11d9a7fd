package main

// releaseVersion is set by packaging/release; empty in other builds.
var releaseVersion string
