// Package okta stands in for the client of a service for second factors, one package of 12 MB: what
// Vault calls of it is there, and every login by it is refused.
package okta

import (
	"context"
	"errors"
)

// Configuration is empty.
type Configuration struct{ Context context.Context }

// ConfigSetter changes nothing.
type ConfigSetter func(*Configuration)

// WithToken is without effect.
func WithToken(string) ConfigSetter { return nil }

// WithOrgUrl is without effect.
func WithOrgUrl(string) ConfigSetter { return nil }

// WithCache is without effect.
func WithCache(bool) ConfigSetter { return nil }

// NewConfiguration says that it is left out.
func NewConfiguration(...ConfigSetter) (*Configuration, error) {
	return nil, errors.New("Okta is left out of this build of Vault")
}

// APIClient is never reached, as are all below.
type APIClient struct {
	UserAPI       UserAPI
	UserFactorAPI UserFactorAPI
}

// NewAPIClient has nothing to call.
func NewAPIClient(*Configuration) *APIClient { return &APIClient{} }

// GetConfig is empty.
func (*APIClient) GetConfig() *Configuration { return &Configuration{} }

// Call is a request that is not sent.
type Call[T any] struct{}

// Execute answers nothing.
func (Call[T]) Execute() (answer T, response any, err error) { return }

// Filter is without effect.
func (c Call[T]) Filter(string) Call[T] { return c }

// UserAPI knows nobody.
type UserAPI struct{}

// ListUsers answers nothing.
func (UserAPI) ListUsers(context.Context) Call[[]User] { return Call[[]User]{} }

// User is nobody.
type User struct{}

// GetId is empty.
func (User) GetId() string { return "" }

// UserFactorAPI knows no factors.
type UserFactorAPI struct{}

// ListFactors answers nothing.
func (UserFactorAPI) ListFactors(context.Context, string) Call[[]Factor] { return Call[[]Factor]{} }

// VerifyFactor answers nothing.
func (UserFactorAPI) VerifyFactor(context.Context, string, string) Call[*Verified] {
	return Call[*Verified]{}
}

// GetFactorTransactionStatus answers nothing.
func (UserFactorAPI) GetFactorTransactionStatus(
	context.Context, string, string, string,
) Call[*Transaction] {
	return Call[*Transaction]{}
}

// Factor is none.
type Factor struct{ UserFactorPush *UserFactorPush }

// UserFactorPush is none.
type UserFactorPush struct{}

// GetId is empty.
func (*UserFactorPush) GetId() string { return "" }

// Verified is nothing.
type Verified struct{ Links any }

// GetFactorResult is empty.
func (*Verified) GetFactorResult() string { return "" }

// Transaction is nothing.
type Transaction struct {
	UserFactorPushTransaction         *struct{}
	UserFactorPushTransactionRejected *struct{}
	UserFactorPushTransactionTimeout  *struct{}
	UserFactorPushTransactionWaiting  *struct{}
}
