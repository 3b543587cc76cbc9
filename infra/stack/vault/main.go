// Package main is Vault's own command, built from source: no server's binary is downloaded.
package main

import (
	"os"

	"github.com/hashicorp/vault/command"
)

func main() {
	os.Exit(command.Run(os.Args[1:]))
}
