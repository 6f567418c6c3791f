/* getopt_long() cannot do this: it knows one set of long options and finds an abbreviation
 * ambiguous as soon as two of them share it, so that every new option would take abbreviations away
 * from those who have used check_pop's for years (option_by_name). It also prints on standard
 * error, and rewriting -to, -wt and -ct beforehand would mistake arguments for options. */
#include "argv.h"

#include "base/buf.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

void argv_parser_init(struct argv_parser *p, char *const *argv, size_t count)
{
	*p = (struct argv_parser){.argv = argv, .count = count};
}

/* The problem's words and what it is about, made printable: it goes to a terminal or a web page. */
static struct argv_item complain(
	struct argv_parser *p, const char *words, const char *what, size_t n)
{
	struct buf shown;

	buf_init(&shown, sizeof(p->problem));
	(void)text_printable(
		&shown, (struct slice){(const unsigned char *)what, n}, 60, TEXT_NO_PIPE);
	snprintf(p->problem, sizeof(p->problem), "%s - %s", words, buf_str(&shown));
	buf_fini(&shown);
	return (struct argv_item){.kind = ARGV_ERROR};
}

/* The option's argument: the next word. */
static struct argv_item with_next(struct argv_parser *p, enum option_id id)
{
	const struct option_info *info = option_info(id);

	if (p->next >= p->count)
		return complain(p, "Option needs an argument", info->name, strlen(info->name));
	return (struct argv_item){.kind = ARGV_OPTION, .id = id, .value = p->argv[p->next++]};
}

/* --extra-opts alone takes the next word only where it is no option (check_pop does so, too). */
static struct argv_item with_optional(struct argv_parser *p, enum option_id id)
{
	struct argv_item item = {.kind = ARGV_OPTION, .id = id};

	if (p->next < p->count && p->argv[p->next][0] != '-')
		item.value = p->argv[p->next++];
	return item;
}

static struct argv_item long_option(struct argv_parser *p, char *word)
{
	char *name = word + 2;
	size_t n = strcspn(name, "=");
	char *value = name[n] ? name + n + 1 : NULL;
	enum option_id id = OPTION_COUNT;
	enum option_match match = option_by_name(name, n, &id);

	if (match == OPTION_MATCH_NONE)
		return complain(p, "Unknown option", word, n + 2);
	if (match == OPTION_MATCH_SEVERAL)
		return complain(p, "Ambiguous option", word, n + 2);
	if (value && !option_info(id)->argument)
		return complain(p, "Option takes no argument", word, n + 2);
	if (value || !option_info(id)->argument)
		return (struct argv_item){.kind = ARGV_OPTION, .id = id, .value = value};
	return id == OPTION_EXTRA_OPTS ? with_optional(p, id) : with_next(p, id);
}

static struct argv_item letter_option(struct argv_parser *p)
{
	char *at = p->bundle;
	enum option_id id = option_by_letter(*at);

	p->bundle = at[1] ? at + 1 : NULL;
	if (id == OPTION_COUNT) {
		p->bundle = NULL;
		return complain(p, "Unknown option", at, 1);
	}
	if (!option_info(id)->argument)
		return (struct argv_item){.kind = ARGV_OPTION, .id = id};
	if (!p->bundle)
		return with_next(p, id);
	p->bundle = NULL;
	return (struct argv_item){.kind = ARGV_OPTION, .id = id, .value = at + 1};
}

/* The spellings of check_tcp's first days, which its own tests still use. */
static enum option_id legacy_option(const char *word)
{
	if (strcmp(word, "-to") == 0)
		return OPTION_TIMEOUT;
	if (strcmp(word, "-wt") == 0)
		return OPTION_WARNING;
	return strcmp(word, "-ct") == 0 ? OPTION_CRITICAL : OPTION_COUNT;
}

static struct argv_item word_option(struct argv_parser *p, char *word)
{
	enum option_id legacy = legacy_option(word);

	if (legacy != OPTION_COUNT)
		return with_next(p, legacy);
	if (word[1] == '-')
		return long_option(p, word);
	p->bundle = word + 1;
	return letter_option(p);
}

struct argv_item argv_parser_next(struct argv_parser *p)
{
	char *word;

	if (p->bundle)
		return letter_option(p);
	if (p->next >= p->count)
		return (struct argv_item){.kind = ARGV_END};
	word = p->argv[p->next++];
	if (!p->all_positional && strcmp(word, "--") == 0) {
		p->all_positional = true;
		return argv_parser_next(p);
	}
	if (p->all_positional || word[0] != '-' || !word[1])
		return (struct argv_item){.kind = ARGV_POSITIONAL, .value = word};
	return word_option(p, word);
}
