using System.Runtime.InteropServices;
using Winnow.Networks.Budgets;
using Winnow.Networks.Masks;
using Winnow.Training;
using Winnow.Training.Tests;

namespace Winnow.Experiments.Tests;

[Collection(TrainingCollection.Name)]
public class LotteryTicketsTests
{
    private static readonly TrainingRecipe s_recipe = Small.Recipe with { Epochs = 2 };

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.25, 8)]
    public void Each_round_keeps_a_share_of_the_survivors_with_the_largest_magnitudes_and_rewinds_them(double rewind, long step)
    {
        var (runs, starts) = Search(new() { Rounds = 3, Keep = 0.5, RewindTo = rewind, Controls = [TicketKind.Reinitialised, TicketKind.RandomMask] }, out var trainer, out var tickets);
        Assert.Equal(10, tickets.Runs);
        Assert.Equal(step, tickets.RewindStep);
        Assert.Equal([0, 1, 1, 1, 2, 2, 2, 3, 3, 3], runs.Select(static run => run.Run.Round));
        var dense = runs[0].Outcome;
        Assert.Equal(step == 0 ? trainer.Run(new() { Method = "full", Steps = 1, KeepAt = 0 }, []).KeptWeights! : dense.KeptWeights!, dense.KeptWeights!, static (a, b) => a.Bytes.AsSpan().SequenceEqual(b.Bytes));
        var (before, previous) = (dense.Weights, (MaskSet?)null);
        foreach (var (run, outcome) in runs.Where(static entry => entry.Run is { Kind: TicketKind.Ticket, Round: > 0 }))
        {
            var masks = outcome.Masks!;
            Assert.Equal(Math.Pow(0.5, run.Round), masks.Density, 3);
            Assert.True(previous is null || masks.IsWithin(previous));

            // By sorting: no dropped survivor is larger than a kept one.
            var survivors = masks.SelectMany(mask => Values(before, mask.Name).Select((value, i) => (Value: MathF.Abs(value), Kept: mask[i], Alive: previous?[mask.Name][i] ?? true))).Where(static entry => entry.Alive).ToArray();
            Assert.True(survivors.Where(static entry => !entry.Kept).Max(static entry => entry.Value) <= survivors.Where(static entry => entry.Kept).Min(static entry => entry.Value));

            // It began where the dense run was before that step, and took the steps that were left.
            Assert.Equal(starts[run].Weights, dense.KeptWeights, static (a, b) => a.Bytes.AsSpan().SequenceEqual(b.Bytes));
            Assert.Equal(trainer.FullSteps - step, outcome.Steps);
            (before, previous) = (outcome.Weights, masks);
        }
    }

    [Fact]
    public void Controls_keep_as_many_of_each_layer_and_differ_in_what_they_say()
    {
        var (runs, starts) = Search(new() { Rounds = 1, Keep = 0.3, Controls = [TicketKind.Reinitialised, TicketKind.RandomMask] }, out _, out _);
        var (ticket, drawn, random) = (runs[1], runs[2], runs[3]);
        Assert.Equal(ticket.Outcome.Masks, drawn.Outcome.Masks);
        Assert.NotEqual(starts[ticket.Run].Sha(), starts[drawn.Run].Sha());
        Assert.Equal(starts[ticket.Run].Sha(), starts[random.Run].Sha());
        Assert.Equal(ticket.Outcome.Masks!.Select(static mask => mask.Kept), random.Outcome.Masks!.Select(static mask => mask.Kept));
        Assert.NotEqual(ticket.Outcome.Masks, random.Outcome.Masks);
    }

    [Fact]
    public void A_rewound_training_has_the_learning_rates_of_the_steps_that_are_left()
    {
        var (runs, _) = Search(new() { Rounds = 1, RewindTo = 0.5 }, out _, out _);
        Assert.Equal(runs[0].Outcome.History[^1].LearningRate, runs[1].Outcome.History[^1].LearningRate, 12);
        Assert.True(runs[1].Outcome.History[0].LearningRate < runs[0].Outcome.History[0].LearningRate);
    }

    [Fact]
    public void A_search_that_is_stopped_says_so_and_what_cant_be_is_refused()
    {
        using var stop = new CancellationTokenSource();
        var trainer = s_recipe.CreateTrainer(Small.Images(), torch.CPU);
        var finished = 0;
        Assert.False(new LotteryTickets(trainer, new() { Rounds = 2 }, [1]).Run(static _ => [], (_, _) =>
        {
            finished++;
            stop.Cancel();
        }, stop.Token));
        Assert.Equal(1, finished);
        Assert.Equal("a round can't keep 1 of the weights; the share is in (0, 1), e.g. 0.8.", Refused(new() { Keep = 1 }).Message);
        Assert.Equal("0 rounds are none; take at least 1.", Refused(new() { Rounds = 0 }).Message);
        Assert.Contains("can't be rewound to 1 ", Refused(new() { RewindTo = 1 }).Message, StringComparison.Ordinal);
        Assert.Contains("says by itself how many weights stay", Refused(new() { Budget = new NofMBudget() }).Message, StringComparison.Ordinal);
        Assert.Contains("the controls are those beside the tickets", Refused(new() { Controls = [TicketKind.Ticket] }).Message, StringComparison.Ordinal);
        var sparse = (s_recipe with { Density = 0.1 }).CreateTrainer(Small.Images(), torch.CPU);
        Assert.Contains("the recipe drops weights by itself", Assert.Throws<RecipeException>(() => new LotteryTickets(sparse, new(), [1]).Run(static _ => [], static (_, _) => { })).Message, StringComparison.Ordinal);

        RecipeException Refused(TicketPlan plan) => Assert.Throws<RecipeException>(() => new LotteryTickets(trainer, plan, [1]).Run(static _ => [], static (_, _) => { }));
    }

    private static (List<(TicketRun Run, TrainingOutcome Outcome)> Runs, Dictionary<TicketRun, StartingNetwork> Starts) Search(TicketPlan plan, out Trainer trainer, out LotteryTickets tickets)
    {
        var runs = new List<(TicketRun Run, TrainingOutcome Outcome)>();
        var starts = new Dictionary<TicketRun, StartingNetwork>();
        trainer = s_recipe.CreateTrainer(Small.Images(), torch.CPU);
        tickets = new(trainer, plan, [1]);
        Assert.True(tickets.Run(run => [new Look(request => starts[run] = request.Start!)], (run, outcome) => runs.Add((run, outcome))));
        return (runs, starts);
    }

    private static float[] Values(IReadOnlyList<WeightArray> weights, string name) => MemoryMarshal.Cast<byte, float>(weights.Single(weight => weight.Name == name).Bytes).ToArray();

    private sealed class Look(Action<TrainingRequest> look) : TrainerCallback
    {
        public override void OnRunStart(TrainingRequest request, int epochs) => look(request);
    }
}

file static class Starts
{
    public static string Sha(this StartingNetwork start) => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData([.. start.Weights.SelectMany(static weight => weight.Bytes)]));
}
