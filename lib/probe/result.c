#include "probe/result.h"

const struct pop3_capa *probe_result_capa(const struct probe_result *r)
{
	return r->capa_asked[CAPA_TLS] ? r->capa[CAPA_TLS] : r->capa[CAPA_PLAIN];
}

enum probe_reason probe_defect_reason(enum tls_defect defect)
{
	switch (defect) {
	case TLS_DEFECT_SELF_SIGNED:
		return REASON_CERT_SELF_SIGNED;
	case TLS_DEFECT_CHAIN_INCOMPLETE:
		return REASON_CERT_CHAIN_INCOMPLETE;
	case TLS_DEFECT_UNTRUSTED:
		return REASON_CERT_UNTRUSTED;
	case TLS_DEFECT_REVOKED:
		return REASON_CERT_REVOKED;
	case TLS_DEFECT_NAME_MISMATCH:
		return REASON_CERT_NAME_MISMATCH;
	case TLS_DEFECT_EXPIRED:
		return REASON_CERT_EXPIRED;
	case TLS_DEFECT_NOT_YET_VALID:
		return REASON_CERT_NOT_YET_VALID;
	case TLS_DEFECT_WEAK:
		return REASON_CERT_WEAK;
	case TLS_DEFECT_PIN:
		return REASON_PIN_MISMATCH;
	case TLS_DEFECT_COUNT:
		break;
	}
	return REASON_NONE;
}
