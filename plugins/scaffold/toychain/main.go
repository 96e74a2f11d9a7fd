package main

import "github.com/motherlode-pool/motherlode/plugins/sdk"

func main() { sdk.Serve(driver{}) }
