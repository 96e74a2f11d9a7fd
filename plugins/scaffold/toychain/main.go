// Toychain is a coin plugin for Motherlode pools. README.md says what is in
// which file, and what to replace first.
package main

import "github.com/motherlode-pool/motherlode/plugins/sdk"

func main() { sdk.Serve(driver{}) }
