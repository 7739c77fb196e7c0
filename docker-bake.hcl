# Both images, each for both architectures: make release runs it, and says what it needs.

variable "VERSION" {
  default = "0.0.0"
}

# The registry and what comes before the names there. Without one, archives are written to dist/.
variable "REGISTRY" {
  default = ""
}

group "default" {
  targets = ["pageheat", "history"]
}

target "both" {
  platforms = ["linux/amd64", "linux/arm64"]
  args      = { VERSION = VERSION }
  attest    = ["type=provenance,mode=max", "type=sbom"]
}

target "pageheat" {
  inherits = ["both"]
  target   = "pageheat"
  tags     = ["${REGISTRY == "" ? "" : "${REGISTRY}/"}pageheat:${VERSION}"]
  output   = [REGISTRY == "" ? "type=oci,dest=dist/pageheat-${VERSION}.tar" : "type=registry"]
}

target "history" {
  inherits = ["both"]
  target   = "history"
  tags     = ["${REGISTRY == "" ? "" : "${REGISTRY}/"}pageheat-history:${VERSION}"]
  output   = [REGISTRY == "" ? "type=oci,dest=dist/pageheat-history-${VERSION}.tar" : "type=registry"]
}
