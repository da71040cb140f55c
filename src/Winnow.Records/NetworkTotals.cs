using System.Text.Json.Serialization;

namespace Winnow.Records;

/// <summary>How large a network was over a run, and what was dropped of it.</summary>
public sealed record NetworkTotals
{
    /// <summary>Trained parameters of the network as it is stored, dropped ones included.</summary>
    public required long Parameters { get; init; }

    /// <summary>The mean over the run's steps of the parameters that took part: dropped weights don't (The Journey Matters, 2025, section 3). It is what training cost in parameters, and by it runs of different densities are compared.</summary>
    public required double AverageParameters { get; init; }

    /// <summary>How weights were dropped, as a spec; null where the run dropped none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Sparsify { get; init; }

    /// <summary>The share of the weights that was to stay; null where none was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Density { get; init; }

    /// <summary>What stayed of each layer's weights; empty where nothing could be dropped.</summary>
    public IReadOnlyList<LayerDensity> Layers { get => field ?? []; init; } = [];

    /// <summary>The share of the weights that stayed of those that could be dropped, in [0, 1]; null where none could.</summary>
    [JsonIgnore]
    public double? Kept => Layers.Count == 0 ? null : (double)Layers.Sum(static layer => layer.Kept) / Layers.Sum(static layer => layer.Elements);
}

/// <summary>How many of a layer's weights stayed.</summary>
/// <param name="Name">The parameter's name.</param>
/// <param name="Kept">How many stayed.</param>
/// <param name="Elements">How many there are.</param>
public sealed record LayerDensity(string Name, long Kept, long Elements);
