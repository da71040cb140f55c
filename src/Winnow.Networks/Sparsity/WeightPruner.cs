using Winnow.Networks.Budgets;
using Winnow.Networks.Masks;
using Winnow.Networks.Schedules;
using Winnow.Networks.Scores;
using Winnow.Torch.Optimizers;
using static TorchSharp.torch;

namespace Winnow.Networks.Sparsity;

/// <summary>
/// Drops weights of a network while it trains, in any loop:
/// <code>
/// using var pruner = new WeightPruner(network, SparsityMethod.Parse("gmp"), density: 0.1, steps);
/// for (var step = 0; step &lt; steps; step++)
/// {
///     pruner.Advance(step);                     // chooses the mask anew where the schedule says so
///     // forward, backward, optimizer.step()
///     pruner.AfterStep(optimizer);              // what is dropped stays at 0
/// }
/// pruner.Advance(steps);
/// </code>
/// A method that goes by gradients is given the batch's loss: <c>pruner.Advance(step, input => input with { Loss = () => loss(network.call(x), y) })</c>. Masks are a function of weights, gradients and
/// seed; ties go to the earlier weight.
/// </summary>
public sealed class WeightPruner : IDisposable
{
    private readonly nn.Module _network;
    private readonly double? _density;
    private BoundMasks? _bound;

    /// <summary>Nothing is changed yet.</summary>
    /// <param name="network">Stays the caller's.</param>
    /// <param name="method">How weights are dropped; null where <paramref name="masks"/> alone decide.</param>
    /// <param name="density">The share of the weights that stays at the end, in (0, 1]; null where the method's budget says it by itself, and without a method.</param>
    /// <param name="steps">How many steps the run has, at least 1.</param>
    /// <param name="seed">Of methods that draw.</param>
    /// <param name="weights">What can be dropped; null: the weights of all linear layers and convolutions.</param>
    /// <param name="masks">What is dropped from the start, counted as part of what is to go; null: nothing.</param>
    /// <exception cref="Winnow.Catalog.MethodSpecException">The method takes no density, or needs one.</exception>
    /// <exception cref="NetworkPruningException">Nothing can be dropped, the schedule can't reach the density, or masks don't fit the network.</exception>
    public WeightPruner(nn.Module network, SparsityMethod? method, double? density, long steps, ulong seed = 0, IReadOnlyList<NamedWeight>? weights = null, MaskSet? masks = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        method?.CheckDensity(density);
        (_network, Method, _density, Steps, Seed) = (network, method, density, steps, seed);
        Weights = weights ?? PrunableWeights.Of(network);
        _ = method?.Schedule.At(0, steps, density ?? 1);
        if (masks is not null)
        {
            Put(Completed(masks));
        }
    }

    /// <summary>How weights are dropped; null where nothing is beside what was from the start.</summary>
    public SparsityMethod? Method { get; }

    /// <summary>How many steps the run has.</summary>
    public long Steps { get; }

    /// <summary>Of methods that draw.</summary>
    public ulong Seed { get; }

    /// <summary>What can be dropped.</summary>
    public IReadOnlyList<NamedWeight> Weights { get; }

    /// <summary>What is kept now; null while nothing is dropped.</summary>
    public MaskSet? Masks => _bound?.Masks;

    /// <summary>How many weights are dropped now.</summary>
    public long Dropped => _bound is null ? 0 : _bound.Masks.Elements - _bound.Masks.Kept;

    /// <summary>The first step at which the schedule hasn't been looked at: part of the state of a run that goes on.</summary>
    public long Next { get; private set; }

    /// <summary>How often masks were chosen: part of the state, too, since draws differ from update to update.</summary>
    public int Updates { get; private set; }

    /// <summary>Whether the schedule chooses the mask anew at a step or since it was last looked at.</summary>
    /// <param name="step">How many steps are done, at most all.</param>
    public bool IsDue(long step) => Due(step) is not null;

    /// <summary>Whether an update at that point goes by gradients, so that a loss has to be given.</summary>
    /// <param name="step">How many steps are done, at most all.</param>
    public bool NeedsLoss(long step) => Due(step) is { } due && (Method!.ScoresByGradients || due.Regrow > 0);

    /// <summary>Chooses the mask anew where the schedule says so, and applies it to the weights. Updates that lie between two calls are one, to where the last of them leads.</summary>
    /// <param name="step">How many steps are done, at least as many as at the last call and at most all.</param>
    /// <param name="evidence">Adds what the score needs to what it is given; null for scores that go by the weights alone.</param>
    /// <returns>Whether it did.</returns>
    /// <exception cref="NetworkPruningException">What the score needs isn't there, a weight or score is NaN, or the budget can't be met.</exception>
    public bool Advance(long step, Func<ScoreInput, ScoreInput>? evidence = null)
    {
        if (Due(step) is not { } due)
        {
            Next = Math.Max(Next, step + 1);
            return false;
        }

        var input = new ScoreInput(Weights) { Alive = Masks, Seed = Seed, Round = Updates, Network = _network as nn.Module<Tensor, Tensor> };
        Put(Choose(due, evidence?.Invoke(input) ?? input));
        (Next, Updates) = (step + 1, Updates + 1);
        return true;
    }

    /// <summary>Makes the gradients of dropped weights 0. Where it is called between each backward pass and its step, plain SGD, AdamW and their like leave dropped weights and what they remember of them at 0 by themselves.</summary>
    public void ApplyToGradients() => _bound?.ApplyToGradients();

    /// <summary>Makes what an optimiser remembers of dropped weights 0; after each update.</summary>
    /// <param name="optimizer">Of the network's parameters.</param>
    public void ApplyTo(IOptimizer optimizer) => _bound?.ApplyTo(optimizer);

    /// <summary>Makes dropped weights, their gradients and what an optimiser remembers of them 0; after each step.</summary>
    /// <param name="optimizer">Of the network's parameters.</param>
    public void AfterStep(IOptimizer optimizer) => _bound?.AfterStep(optimizer);

    /// <summary>The same for an optimiser of TorchSharp.</summary>
    /// <param name="optimizer">Of the network's parameters.</param>
    /// <exception cref="NetworkPruningException">It is of a kind whose memory isn't known: the message says which are.</exception>
    public void AfterStep(optim.Optimizer optimizer) => _bound?.AfterStep(optimizer);

    /// <summary>Goes on where another left.</summary>
    /// <param name="masks">What was kept; null where nothing was dropped.</param>
    /// <param name="next">Its <see cref="Next"/>.</param>
    /// <param name="updates">Its <see cref="Updates"/>.</param>
    /// <exception cref="NetworkPruningException">The masks don't fit the network.</exception>
    public void Restore(MaskSet? masks, long next, int updates)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(next);
        ArgumentOutOfRangeException.ThrowIfNegative(updates);
        Bind(masks is null ? null : new(_network, masks));
        (Next, Updates) = (next, updates);
    }

    /// <summary>Releases the masks' tensors; the network stays as it is.</summary>
    public void Dispose()
    {
        _bound?.Dispose();
        _bound = null;
    }

    private PruningStep? Due(long step)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(step, Steps);
        PruningStep? due = null;
        for (var s = Next; Method is not null && s <= step; s++)
        {
            due = Method.Schedule.At(s, Steps, _density ?? 1) is { IsUpdate: true } update ? update : due;
        }

        return due;
    }

    private MaskSet Choose(PruningStep step, ScoreInput input)
    {
        var method = Method!;
        if (step.Rounds > 1)
        {
            return IterativeSelection.Choose(method.Score, method.Budget, input, step.Density, step.Rounds);
        }

        // Gradients of what is dropped are wanted, too, for what may come back: they are taken once, before anything changes.
        using var scope = NewDisposeScope();
        input = step.Regrow > 0 && input.Gradients is null && input.Loss is { } loss ? input with { Gradients = input.Differentiate(loss, createGraph: false) } : input;
        var layers = method.Score.Layers(input);
        var masks = method.Budget.SetsDensity ? method.Budget.Choose(layers)
            : method.Budget.Choose(layers, Math.Min(BudgetExtensions.Kept(layers, step.Density), layers.Sum(static layer => layer.Available)));
        return step.Regrow > 0 ? Regrowth.Exchange(masks, layers, input, step.Regrow) : masks;
    }

    /// <summary>Masks of all weights that can be dropped, those that have none given being kept whole.</summary>
    private MaskSet Completed(MaskSet masks)
    {
        var known = Weights.Select(static weight => weight.Name).ToHashSet(StringComparer.Ordinal);
        return masks.FirstOrDefault(mask => !known.Contains(mask.Name)) is { } other
            ? throw new NetworkPruningException($"the masks name {other.Name}, which isn't among the weights that can be dropped: {string.Join(", ", known)}.")
            : new(Weights.Select(weight => masks.Find(weight.Name) ?? Mask.Full(weight.Name, weight.Weight.shape)));
    }

    private void Put(MaskSet masks)
    {
        Bind(new(_network, masks));
        _bound!.Apply();
    }

    private void Bind(BoundMasks? bound)
    {
        _bound?.Dispose();
        _bound = bound;
    }
}
