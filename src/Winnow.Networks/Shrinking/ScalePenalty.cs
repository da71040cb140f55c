using TorchSharp;
using TorchSharp.Modules;
using Winnow.Networks.Masks;
using Winnow.Networks.Tracing;
using static TorchSharp.torch;

namespace Winnow.Networks.Shrinking;

/// <summary>
/// Draws the scales of a network's batch norms towards zero while it is trained, so that those of channels that matter little get there: the subgradient of s · Σ|γ| is added to their
/// gradients (network slimming; Liu et al., ICCV 2017, section 3). With masks, only to those of channels that are going to be taken out, and the others learn undisturbed (MaskSparsity;
/// Jiang et al., 2023, section 3.2).
/// </summary>
public sealed class ScalePenalty : IDisposable
{
    private readonly (string Name, Parameter Scale, Tensor? Goes)[] _scales;

    /// <summary>Finds the scales.</summary>
    /// <param name="module">The network.</param>
    /// <param name="strength">What a scale's magnitude is multiplied by in the loss, s; above 0.</param>
    /// <param name="kept">For scales by their names which channels stay, and aren't penalised; scales without a mask aren't either. Null penalises all.</param>
    /// <exception cref="NetworkPruningException">The network has no batch norm with scales, or a mask is of no scale of it, or of another shape.</exception>
    public ScalePenalty(nn.Module module, double strength, MaskSet? kept = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(strength);
        Strength = strength;
        var scales = Of(module);
        if (scales.Count == 0)
        {
            throw new NetworkPruningException("the network has no batch norm with scales, which is what the penalty is on; use a network that has, or no penalty.");
        }

        if (kept?.FirstOrDefault(mask => !scales.Any(entry => entry.Name == mask.Name && entry.Scale.shape.SequenceEqual(mask.Shape))) is { } foreign)
        {
            throw new NetworkPruningException($"{foreign} is a mask of no batch norm's scale of the network; they are {string.Join(", ", scales.Select(static entry => entry.Name))}.");
        }

        // Kept beyond the dispose scope of whoever makes this.
        using var scope = NewDisposeScope();
        _scales = [.. scales.Where(entry => kept is null || kept.Find(entry.Name) is not null)
            .Select(entry => (entry.Name, entry.Scale, kept is null ? null : kept[entry.Name].ToTensor(entry.Scale.device).logical_not().to(entry.Scale.dtype).DetachFromDisposeScope()))];
    }

    /// <summary>What a scale's magnitude is multiplied by in the loss.</summary>
    public double Strength { get; }

    /// <summary>The scales of a network's batch norms by their names in <c>state_dict</c>.</summary>
    /// <param name="module">The network.</param>
    public static IReadOnlyList<(string Name, Parameter Scale)> Of(nn.Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        return [.. module.named_modules().Prepend(("", module)).Where(static entry => entry.Item2 is BatchNorm)
            .SelectMany(static entry => entry.Item2.named_parameters(recurse: false).Where(static own => own.name == "weight")
                .Select(own => (entry.Item1.Length == 0 ? own.name : $"{entry.Item1}.{own.name}", own.parameter)))];
    }

    /// <summary>Which channels' scales stay when some units go, as the constructor takes it: a mask for each batch norm that loses channels.</summary>
    /// <param name="trace">The network.</param>
    /// <param name="removed">Units that are going to be taken out.</param>
    public static MaskSet Kept(NetworkTrace trace, IReadOnlyCollection<ChannelUnit> removed)
    {
        ArgumentNullException.ThrowIfNull(trace);
        ArgumentNullException.ThrowIfNull(removed);
        var gone = removed.SelectMany(static unit => unit.Slices).ToLookup(static slice => slice.Tensor, static slice => slice.Indices, StringComparer.Ordinal);
        return new(Of(trace.Module).Where(entry => gone.Contains(entry.Name)).Select(entry =>
        {
            var stays = Enumerable.Repeat(true, (int)entry.Scale.shape[0]).ToArray();
            foreach (var index in gone[entry.Name].SelectMany(static indices => indices))
            {
                stays[index] = false;
            }

            return Mask.Of(entry.Name, stays);
        }));
    }

    /// <summary>Adds s · sign(γ) to the gradients: after the backward pass, before the step. A scale without a gradient, which the loss doesn't depend on, is left out.</summary>
    public void AddToGradients()
    {
        using var silent = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (_, scale, goes) in _scales)
        {
            if (scale.grad is { } gradient)
            {
                var sign = scale.sign();
                gradient.add_(goes is null ? sign : sign.mul_(goes), alpha: Strength);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, _, goes) in _scales)
        {
            goes?.Dispose();
        }
    }
}
