/* A training loop in C without the training: what stands where a network would compute its losses is a formula.
 *
 *     scripts/library && cc -I native/winnow native/winnow/example.c -L artifacts/native -lwinnow -Wl,-rpath,$PWD/artifacts/native -o loop && ./loop */
#include "winnow.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void check(winnow_status status) {
  if (status == WINNOW_OK) return;
  char why[1024];
  winnow_pruner_last_error(why, sizeof why);
  fprintf(stderr, "winnow: %s\n", why);
  exit(1);
}

int main(void) {
  enum { samples = 1000, epochs = 6, batch_size = 64 };
  winnow_pruner_options options = {sizeof options, epochs, 1, 0, 0, NULL, 0};
  winnow_pruner pruner;
  check(winnow_pruner_create("infobatch:keep=0.5", samples, &options, &pruner));

  for (int32_t epoch = 0; epoch < epochs; epoch++) {
    winnow_plan plan;
    check(winnow_pruner_plan(pruner, epoch, &plan));
    winnow_plan_facts facts = {sizeof facts, 0, 0, 0, 0, 0, 0};
    uint64_t hash;
    int64_t steps;
    check(winnow_plan_describe(plan, &facts));
    check(winnow_plan_hash(plan, &hash));
    check(winnow_plan_steps(plan, batch_size, &steps));
    printf("epoch %d: %" PRId64 " of %" PRId64 " samples, plan %016" PRIx64 "\n", (int)epoch, facts.visits, facts.samples, hash);

    for (int64_t step = 0; step < steps; step++) {
      int64_t ids[batch_size], count, real;
      float weights[batch_size], losses[batch_size];
      check(winnow_plan_share(plan, 0, 1, batch_size, step, ids, weights, batch_size, &count, &real));
      for (int64_t i = 0; i < count; i++) losses[i] = 2.0f / (float)(1 + ids[i] % 50) / (float)(epoch + 1);
      /* The step goes here: its gradient is that of sum(weights * losses) / sum(weights). The raw losses go back: */
      winnow_signals signals = {sizeof signals, 0, losses, NULL, NULL, NULL, NULL};
      check(winnow_pruner_observe(pruner, epoch, ids, real, &signals));
    }
    check(winnow_plan_free(plan));
  }

  winnow_statistics statistics;
  statistics.size = sizeof statistics;
  check(winnow_pruner_statistics(pruner, &statistics));
  printf("saved %.3f\n", statistics.saved);
  check(winnow_pruner_destroy(pruner));
  return 0;
}
