/* Whether a text is UTF-8 that YAML allows. */
#ifndef CONFIG_UTF8_H
#define CONFIG_UTF8_H

#include "base/slice.h"

#include <stddef.h>

/* The offset of the first octet that is no UTF-8 (RFC 3629) or a C0 control other than TAB, CR, LF,
 * or DEL; (size_t)-1 when there is none. */
size_t utf8_check(struct slice s);

#endif
