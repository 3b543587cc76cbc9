// Package gcputil stands in for the finder of a cloud's credentials, with which `vault agent` logs
// in: it brings the client of that cloud's whole API, one package of 8 MB.
package gcputil

import (
	"context"
	"errors"

	"github.com/hashicorp/hcp-sdk-go/config"
)

// GcpCredentials is empty.
type GcpCredentials struct{ ClientEmail string }

// FindCredentials says that it is left out; its second answer is a source of tokens, as its caller
// asks for.
func FindCredentials(string, context.Context, ...string) (*GcpCredentials, config.HCPConfig, error) {
	return nil, nil, errors.New("the login by GCP is left out of this build of Vault")
}
