package manifest

// ParseSlipway reads slipway.yaml.
func ParseSlipway(data []byte) (Manifest, error) {
	return Manifest{}, nil
}
