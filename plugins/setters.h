/* Inside the settings: one function for each option that is more than a flag or a text. Each
 * returns NULL, or in a few words why the value cannot be used. */
#ifndef PLUGINS_SETTERS_H
#define PLUGINS_SETTERS_H

#include "settings.h"

/* Decimal digits, blanks around them allowed (one argv may hold "-p 110"), from min to max. */
bool number_parse(const char *text, unsigned long min, unsigned long max, unsigned long *out);

const char *set_port(struct settings *s, char *value);
const char *set_ipv4(struct settings *s, char *value);
const char *set_ipv6(struct settings *s, char *value);
const char *set_timeout(struct settings *s, char *value);
const char *set_wait(struct settings *s, char *value);
const char *set_verbose(struct settings *s, char *value);

const char *set_send(struct settings *s, char *value);
const char *set_quit(struct settings *s, char *value);
const char *set_expect(struct settings *s, char *value);
const char *set_refuse(struct settings *s, char *value);
const char *set_mismatch(struct settings *s, char *value);
const char *set_maxbytes(struct settings *s, char *value);
const char *set_delay(struct settings *s, char *value);

const char *set_certificate(struct settings *s, char *value);
const char *set_tls_verify(struct settings *s, char *value);
const char *set_tls_min(struct settings *s, char *value);
const char *set_tls_max(struct settings *s, char *value);
const char *set_tls_pin(struct settings *s, char *value);
const char *set_tls_fingerprint(struct settings *s, char *value);

const char *set_pass(struct settings *s, char *value);
const char *set_auth(struct settings *s, char *value);
const char *set_auth_expect(struct settings *s, char *value);

const char *set_capa(struct settings *s, char *value);
const char *set_capa_forbid(struct settings *s, char *value);
const char *set_warning(struct settings *s, char *value);
const char *set_critical(struct settings *s, char *value);
const char *set_limit(struct settings *s, char *value);
const char *set_state(struct settings *s, char *value);
const char *set_fail_on(struct settings *s, char *value);
const char *set_output_format(struct settings *s, char *value);
const char *set_report(struct settings *s, char *value);

#endif
