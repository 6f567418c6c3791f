#include "judge.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum { MEMORY_LIMIT_KIB = 64 << 10 };

static bool matches(const char *pattern, const char *text)
{
	regex_t regex;
	bool found;

	if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB | REG_NEWLINE) != 0)
		return false;
	found = regexec(&regex, text, 0, NULL, 0) == 0;
	regfree(&regex);
	return found;
}

/* Each pattern must (or must not) match. */
static int patterns(
	FILE *to, const char *key, const struct strings *list, const char *text, bool wanted)
{
	int wrong = 0;

	for (size_t i = 0; i < list->count; i++) {
		if (matches(list->item[i], text) == wanted)
			continue;
		fprintf(to, "%s: %s /%s/\n", key, wanted ? "does not match" : "matches",
			list->item[i]);
		wrong++;
	}
	return wrong;
}

static int complain(FILE *to, const char *what)
{
	if (what == NULL)
		return 0;
	fprintf(to, "%s\n", what);
	return 1;
}

static int judge_end(
	FILE *to, const struct test_case *t, const struct outcome *o, const struct settings *s)
{
	int code = WIFEXITED(o->status) ? WEXITSTATUS(o->status) : -1;
	int wrong = 0;

	if (o->timed_out) {
		fprintf(to, "still running after %ld ms\n", o->ms);
		return 1;
	}
	if (code < 0) {
		fprintf(to, "ended by signal %d\n", WTERMSIG(o->status));
		return 1;
	}
	if (code > 3 || (t->exit_code >= 0 && code != t->exit_code)) {
		fprintf(to, "exit code %d, expected %d\n", code, t->exit_code);
		wrong++;
	}
	if (s->memory_limit && o->max_rss_kib > MEMORY_LIMIT_KIB) {
		fprintf(to, "resident memory reached %ld KiB\n", o->max_rss_kib);
		wrong++;
	}
	return wrong;
}

static int judge_leaks(FILE *to, const struct test_case *t, const struct outcome *o)
{
	int wrong = 0;

	for (size_t i = 0; i < t->secrets.count; i++) {
		const char *secret = t->secrets.item[i];
		const char *found = leak_find(o->out.data, o->out.len, secret);

		if (found == NULL)
			found = leak_find(o->err.data, o->err.len, secret);
		for (size_t k = 0; k < o->reports.count && found == NULL; k++)
			found = leak_find(o->reports.item[k], strlen(o->reports.item[k]), secret);
		if (found != NULL) {
			fprintf(to, "the secret %s is shown (%s)\n", secret, found);
			wrong++;
		}
	}
	return wrong;
}

static int judge_output(
	FILE *to, const struct test_case *t, const struct outcome *o, const char *first)
{
	bool classic = t->format == NULL || strcmp(t->format, "classic") == 0;
	char bracket[100];
	int wrong = complain(to, output_characters(&o->out));

	if (o->out.len == 0 || *first == '\0')
		return wrong + complain(to, "nothing on the first line of standard output");
	if (classic && WIFEXITED(o->status))
		wrong += complain(to, output_classic(first, WEXITSTATUS(o->status), t->state));
	if (t->reason != NULL) {
		snprintf(bracket, sizeof(bracket), "[%s]", t->reason);
		if (strstr(first, bracket) == NULL) {
			fprintf(to, "the first line does not say %s\n", bracket);
			wrong++;
		}
	}
	if (t->err.count == 0 && o->err.len > 0)
		wrong += complain(to, "standard error is not empty");
	return wrong;
}

int judge(FILE *to, const struct test_case *t, const struct outcome *o, const struct settings *s)
{
	char *first = string_copy(o->out.data, strcspn(o->out.data, "\n"));
	int wrong = 0;

	if (o->trouble[0] != '\0') {
		fprintf(to, "%s\n", o->trouble);
		wrong++;
	}
	wrong += judge_end(to, t, o, s);
	wrong += judge_output(to, t, o, first);
	wrong += judge_leaks(to, t, o);
	wrong += patterns(to, "out", &t->out, first, true);
	wrong += patterns(to, "out-not", &t->out_not, first, false);
	wrong += patterns(to, "full", &t->full, o->out.data, true);
	wrong += patterns(to, "full-not", &t->full_not, o->out.data, false);
	wrong += patterns(to, "stderr", &t->err, o->err.data, true);
	wrong += patterns(to, "received", &t->received, o->record.data, true);
	wrong += patterns(to, "received-not", &t->received_not, o->record.data, false);
	free(first);
	return wrong;
}
