using Winnow.Networks.Budgets;
using Winnow.Networks.Masks;
using Winnow.Networks.Scores;
using Winnow.Numerics;
using Winnow.Training;
using Winnow.Training.Tasks;

namespace Winnow.Experiments;

/// <summary>What a ticket is held against at each density.</summary>
public enum TicketKind
{
    /// <summary>The weights that survived, rewound to what they were.</summary>
    Ticket,

    /// <summary>The same mask over weights drawn anew, trained from the beginning.</summary>
    Reinitialised,

    /// <summary>The rewound weights under a random mask that keeps as many of each layer.</summary>
    RandomMask,
}

/// <summary>How tickets are found.</summary>
public sealed record TicketPlan
{
    /// <summary>How often weights are dropped, at least 1; a seed takes one training more. Default 5.</summary>
    public int Rounds { get; init; } = 5;

    /// <summary>The share of the survivors that each round keeps, in (0, 1). Default 0.8, as open_lth.</summary>
    public double Keep { get; init; } = 0.8;

    /// <summary>The share of the run to which survivors are rewound, in [0, 1): 0, the default, is the lottery ticket hypothesis; from 0.001 to 0.07 its stabilised form.</summary>
    public double RewindTo { get; init; }

    /// <summary>How survivors are shared out to layers. Default: the largest of all layers together.</summary>
    public IBudget Budget { get; init; } = new GlobalBudget();

    /// <summary>What stands beside the tickets; <see cref="TicketKind.Ticket"/> itself always does. Default: nothing.</summary>
    public IReadOnlyList<TicketKind> Controls { get; init; } = [];

    /// <summary>The density after a round: Keep^round.</summary>
    /// <param name="round">0 is the dense training.</param>
    public double Density(int round) => Math.Pow(Keep, round);
}

/// <summary>One training of a search for tickets.</summary>
/// <param name="Seed">Of first weights, order and draws.</param>
/// <param name="Round">0 is the dense training.</param>
/// <param name="Kind">What is trained.</param>
/// <param name="Density">The kept share of the weights that can be dropped.</param>
public sealed record TicketRun(ulong Seed, int Round, TicketKind Kind, double Density);

/// <summary>
/// Iterative magnitude pruning with rewinding (Frankle and Carbin, The Lottery Ticket Hypothesis, ICLR 2019; Frankle et al., Linear Mode Connectivity and the Lottery Ticket Hypothesis, ICML 2020): train to the end,
/// drop the smallest of the surviving weights, set the others back to what they were before step k, train again from there. One chain of trainings a seed. A rewound training has the learning rates of
/// the steps from k on, and begins with an optimiser that remembers nothing.
/// </summary>
/// <param name="trainer">Data, recipe and device; the recipe itself drops no weights.</param>
/// <param name="plan">How.</param>
/// <param name="seeds">A chain for each.</param>
public sealed class LotteryTickets(Trainer trainer, TicketPlan plan, IReadOnlyList<ulong> seeds)
{
    /// <summary>How many trainings there are.</summary>
    public int Runs => seeds.Count * (1 + (plan.Rounds * (1 + plan.Controls.Count)));

    /// <summary>The step before which weights are kept to be rewound to.</summary>
    public long RewindStep => (long)Math.Round(plan.RewindTo * trainer.FullSteps, MidpointRounding.AwayFromZero);

    /// <summary>Trains all chains.</summary>
    /// <param name="callbacks">Gives the callbacks of a training, just before it begins.</param>
    /// <param name="finished">Told after each training.</param>
    /// <param name="stop">Ends the search after the step under way.</param>
    /// <returns>Whether it came to its end.</returns>
    /// <exception cref="RecipeException">The plan, or the trainer's recipe, can't be used so; the message says why.</exception>
    /// <exception cref="TrainingFailedException">A training failed.</exception>
    public bool Run(Func<TicketRun, IReadOnlyList<TrainerCallback>> callbacks, Action<TicketRun, TrainingOutcome> finished, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(callbacks);
        ArgumentNullException.ThrowIfNull(finished);
        Check();
        return seeds.All(seed => Chain(seed, (run, request) =>
        {
            var outcome = trainer.Run(request, callbacks(run), stop);
            if (!outcome.Interrupted)
            {
                finished(run, outcome);
            }

            return outcome.Interrupted ? null : outcome;
        }));
    }

    private bool Chain(ulong seed, Func<TicketRun, TrainingRequest, TrainingOutcome?> train)
    {
        if (train(new(seed, 0, TicketKind.Ticket, 1), new() { Method = "full", Seed = seed, KeepAt = RewindStep }) is not { } dense)
        {
            return false;
        }

        var (rewound, weights, masks) = (dense.KeptWeights!, dense.Weights, (MaskSet?)null);
        for (var round = 1; round <= plan.Rounds; round++)
        {
            masks = Survivors(weights, masks, round);
            if (train(Told(TicketKind.Ticket), From(rewound, masks)) is not { } outcome)
            {
                return false;
            }

            weights = outcome.Weights;
            foreach (var control in plan.Controls)
            {
                var request = control == TicketKind.RandomMask ? From(rewound, RandomMask(masks, seed, round))
                    : new TrainingRequest { Method = "full", Seed = seed, Start = new(trainer.FirstWeights(Other(seed, round)), masks) };
                if (train(Told(control), request) is null)
                {
                    return false;
                }
            }

            TicketRun Told(TicketKind kind) => new(seed, round, kind, masks.Density);
        }

        return true;

        TrainingRequest From(IReadOnlyList<WeightArray> start, MaskSet kept) => new()
        {
            Method = "full",
            Seed = seed,
            Start = new(start, kept),
            Steps = RewindStep == 0 ? null : trainer.FullSteps - RewindStep,
            ScheduleFrom = (double)RewindStep / trainer.FullSteps,
        };
    }

    /// <summary>Those of the survivors with the largest magnitudes.</summary>
    private MaskSet Survivors(IReadOnlyList<WeightArray> weights, MaskSet? alive, int round)
    {
        var layers = trainer.Prunable.Select(name => weights.Single(weight => weight.Name == name))
            .Select(weight => new BudgetLayer(weight.Name, [.. weight.Shape], Array.ConvertAll(weight.Values, MathF.Abs), alive?.Find(weight.Name))).ToArray();
        return plan.Budget.Choose(layers, BudgetExtensions.Kept(layers, plan.Density(round)));
    }

    /// <summary>As many of each layer, at random.</summary>
    private static MaskSet RandomMask(MaskSet masks, ulong seed, int round) => new(masks.Select(mask =>
    {
        var layer = new BudgetLayer(mask.Name, [.. mask.Shape], RandomScore.Draw(Rng.Derive(seed, round, "tickets/random/" + mask.Name), mask.Count));
        return new GlobalBudget().Choose([layer], mask.Kept)[0];
    }));

    private static ulong Other(ulong seed, int round)
    {
        var stream = Rng.Derive(seed, round, "tickets/reinitialised");
        return ((ulong)stream.UInt32At(0) << 32) | stream.UInt32At(1);
    }

    private void Check()
    {
        if (plan.Rounds < 1)
        {
            throw new RecipeException($"{plan.Rounds} rounds are none; take at least 1.");
        }

        if (plan.Keep is not (> 0 and < 1))
        {
            throw new RecipeException(FormattableString.Invariant($"a round can't keep {plan.Keep} of the weights; the share is in (0, 1), e.g. 0.8."));
        }

        if (plan.RewindTo is not (>= 0 and < 1) || RewindStep >= trainer.FullSteps)
        {
            throw new RecipeException(FormattableString.Invariant($"weights can't be rewound to {plan.RewindTo} of a run of {trainer.FullSteps} steps; the share is in [0, 1), and a step has to be left."));
        }

        if (plan.Controls.Contains(TicketKind.Ticket) || plan.Controls.Distinct().Count() != plan.Controls.Count)
        {
            throw new RecipeException("the controls are those beside the tickets, each once.");
        }

        if (plan.Controls.Contains(TicketKind.Reinitialised) && (trainer.Settings as TaskRecipe)?.BeginsWith() is { } begin)
        {
            throw new RecipeException($"weights can't be drawn anew where every run begins with those in {begin.Path}; leave out that control, or the weights.");
        }

        if (plan.Budget.SetsDensity)
        {
            throw new RecipeException($"{plan.Budget} says by itself how many weights stay, and tickets say it by rounds; take another budget, such as global.");
        }

        if (trainer.Settings.SparsityMethod is { } method)
        {
            throw new RecipeException($"the recipe drops weights by itself ({method}), and tickets do it by rounds; leave that out.");
        }

        if (trainer.Prunable.Count == 0)
        {
            throw new RecipeException($"{trainer.Task.ModelName} has no weights that can be dropped.");
        }
    }
}
