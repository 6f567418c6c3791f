#include "rig.h"

#include "client.h"

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGS_MAX = 32, TEXT_MAX = 65536 };

static const char *build = "build";

void rig_set_build(const char *dir)
{
	build = dir;
}

static void path_of(const struct rig *g, const char *name, char *out, size_t size)
{
	snprintf(out, size, "%s/%s", g->dir, name);
}

void rig_write(const struct rig *g, const char *name, const char *text)
{
	char path[128], certs[256];
	FILE *f;

	path_of(g, name, path, sizeof(path));
	snprintf(certs, sizeof(certs), "%s/certs", build);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	for (; *text; text++) {
		if (*text == '@') {
			char *real = realpath(certs, NULL);

			fputs(real ? real : certs, f);
			free(real);
		} else {
			fputc(*text, f);
		}
	}
	fclose(f);
}

char *rig_read(const struct rig *g, const char *name)
{
	char *text = calloc(1, TEXT_MAX), path[128];
	FILE *f;

	path_of(g, name, path, sizeof(path));
	f = fopen(path, "r");
	if (f && text) {
		text[fread(text, 1, TEXT_MAX - 1, f)] = '\0';
		fclose(f);
	}
	return text;
}

bool rig_wait_for(const struct rig *g, const char *name, const char *what)
{
	double end = now_seconds() + 5;
	bool found = false;

	while (!found && now_seconds() < end) {
		char *text = rig_read(g, name);

		found = strstr(text, what) != NULL;
		free(text);
		if (!found)
			usleep(5000);
	}
	return found;
}

static pid_t spawn(const struct rig *g, char *const argv[], const char *log)
{
	char path[128];
	pid_t pid;

	path_of(g, log, path, sizeof(path));
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);

		dup2(fd, 1);
		dup2(fd, 2);
		execv(argv[0], argv);
		_exit(127);
	}
	return pid;
}

static int number_behind(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	return at ? atoi(at + strlen(key)) : 0;
}

static void start_popd(struct rig *g, const char *scenario)
{
	char program[256], certs[256], ports[128], file[128], record[128], *text;
	char *argv[] = {program, (char[]){"--port-file"}, ports, (char[]){"--certs"}, certs,
		(char[]){"--scenario"}, file, (char[]){"--record"}, record, NULL};

	snprintf(program, sizeof(program), "%s/tests/popd", build);
	snprintf(certs, sizeof(certs), "%s/certs", build);
	path_of(g, "ports", ports, sizeof(ports));
	path_of(g, "scenario", file, sizeof(file));
	path_of(g, "record", record, sizeof(record));
	rig_write(g, "scenario", scenario);
	g->popd = spawn(g, argv, "popd.log");
	ck_assert_msg(rig_wait_for(g, "ports", "FULL_PORT="), "popd does not start");
	text = rig_read(g, "ports");
	g->plain = number_behind(text, "PLAIN_PORT=");
	g->tls = number_behind(text, "TLS_PORT=");
	g->refused = number_behind(text, "REFUSED_PORT=");
	g->full = number_behind(text, "FULL_PORT=");
	free(text);
}

static void start_exporter(struct rig *g, bool config, const char *flags)
{
	char program[256], file[128], words[1024], *argv[ARGS_MAX], *save = NULL, *text;
	size_t n = 0;

	snprintf(program, sizeof(program), "%s/pop3_exporter", build);
	path_of(g, "pop3.yml", file, sizeof(file));
	snprintf(words, sizeof(words), "--web.listen-address 127.0.0.1:0 %s%s %s",
		config ? "--config.file " : "", config ? file : "", flags);
	argv[n++] = program;
	for (char *w = strtok_r(words, " ", &save); w && n < ARGS_MAX - 1;
		w = strtok_r(NULL, " ", &save))
		argv[n++] = w;
	argv[n] = NULL;
	g->exporter = spawn(g, argv, "log");
	if (!rig_wait_for(g, "log", "ready")) {
		text = rig_read(g, "log");
		ck_abort_msg("the exporter does not start: %s", text);
	}
	text = rig_read(g, "log");
	g->port = number_behind(text, "127.0.0.1:");
	free(text);
}

void rig_start(struct rig *g, const char *scenario, const char *config, const char *flags)
{
	*g = (struct rig){.dir = "/tmp/exporter-test.XXXXXX"};
	ck_assert_ptr_nonnull(mkdtemp(g->dir));
	start_popd(g, scenario);
	if (config)
		rig_write(g, "pop3.yml", config);
	start_exporter(g, config != NULL, flags);
}

int rig_wait_exit(struct rig *g, double seconds)
{
	double end = now_seconds() + seconds;
	int status;

	do {
		if (waitpid(g->exporter, &status, WNOHANG) == g->exporter) {
			g->exporter = 0;
			return status;
		}
		usleep(5000);
	} while (now_seconds() < end);
	return -1;
}

static void end(pid_t pid)
{
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
}

void rig_stop(struct rig *g)
{
	static const char *const files[] = {
		"ports", "scenario", "record", "popd.log", "log", "pop3.yml", "secret"};
	char path[128];

	if (g->exporter > 0)
		kill(g->exporter, SIGTERM);
	if (g->exporter > 0 && rig_wait_exit(g, 2) == -1)
		end(g->exporter);
	end(g->popd);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		path_of(g, files[i], path, sizeof(path));
		unlink(path);
	}
	rmdir(g->dir);
}

const char *rig_path(const struct rig *g, const char *path)
{
	static char out[4096];
	const struct {
		const char *name;
		int port;
	} ports[] = {{"{plain}", g->plain}, {"{tls}", g->tls}, {"{refused}", g->refused},
		{"{full}", g->full}};
	size_t n = 0;

	while (*path && n + 16 < sizeof(out)) {
		bool replaced = false;

		for (size_t i = 0; i < 4 && !replaced; i++) {
			size_t k = strlen(ports[i].name);

			if (strncmp(path, ports[i].name, k) != 0)
				continue;
			n += (size_t)snprintf(out + n, sizeof(out) - n, "%d", ports[i].port);
			path += k;
			replaced = true;
		}
		if (!replaced)
			out[n++] = *path++;
	}
	out[n] = '\0';
	return out;
}
