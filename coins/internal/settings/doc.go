// Package settings decodes a coin's settings, strictly and completely: an
// unknown key, a wrong type or a missing key is a coins.Problem with its path,
// and all of them are found in one go. The same Go struct gives the JSON schema
// that the driver publishes, so the two cannot drift apart.
//
// A settings struct uses these tags:
//
//	json:"name"        the key; a field without it is not a setting
//	doc:"..."          what it means, for the schema
//	required:"true"    the key must be there
//
// Fields are strings, booleans, pointers to booleans (unset is nil), integers,
// Duration, structs, and slices of these. An embedded struct's fields count as
// the outer one's. Defaults are what the struct holds before Decode.
//
// Values have only their type checked; what they mean is the coin's to check.
// It touches neither files nor network. It is layer L2, coins/internal.
package settings
