module github.com/hashicorp/go-gcp-common

go 1.25.3

require github.com/hashicorp/hcp-sdk-go v0.138.0
