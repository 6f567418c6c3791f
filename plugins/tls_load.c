#include "tls_load.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifndef MODULE_DIR
#define MODULE_DIR "/usr/local/lib/pop3probe"
#endif

static const char module_name[] = "pop3probe_tls.so";

/* Beside the real file of this program, as in the build folder, or where `make install` puts both,
 * wherever that tree was moved. */
static const char *const places[] = {"", "../../pop3probe/"};

static void *open_near(const char *place)
{
	char path[PATH_MAX + 32 + sizeof(module_name)];
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX);
	char *slash;

	if (n <= 0)
		return NULL;
	path[n] = '\0';
	slash = strrchr(path, '/');
	if (!slash)
		return NULL;
	snprintf(slash + 1, sizeof(path) - (size_t)(slash + 1 - path), "%s%s", place, module_name);
	/* An absent one is the usual case after an installation: not worth the linker's search. */
	return access(path, R_OK) == 0 ? dlopen(path, RTLD_LAZY | RTLD_LOCAL) : NULL;
}

static void *open_module(void)
{
	void *module = NULL;

	for (size_t i = 0; !module && i < sizeof(places) / sizeof(places[0]); i++)
		module = open_near(places[i]);
	return module ? module : dlopen(MODULE_DIR "/pop3probe_tls.so", RTLD_LAZY | RTLD_LOCAL);
}

/* ISO C has no conversion from an object's address to a function's. */
union maker {
	void *symbol;
	const struct tls_ops *(*get)(void);
};

const struct tls_ops *tls_load(char *why, size_t size)
{
	void *module = open_module();
	const struct tls_ops *ops;
	union maker maker;

	if (!module) {
		snprintf(why, size, "TLS module cannot be loaded: %s", dlerror());
		return NULL;
	}
	maker.symbol = dlsym(module, "tls_ops_get");
	ops = maker.symbol ? maker.get() : NULL;
	if (ops && ops->version == TLS_OPS_VERSION)
		return ops;
	snprintf(why, size, "TLS module is of another version");
	dlclose(module);
	return NULL;
}
