// No Go is here: this keeps what npm installs beside it, some of which is Go, out of
// the packages of the program.
module github.com/motherlode-pool/motherlode/packaging/startos

go 1.26.0
