namespace Winnow.Records.Comparisons;

/// <summary>What an arm of a comparison of smaller networks runs.</summary>
public enum NetworkArmKind
{
    /// <summary>The whole network.</summary>
    Dense,

    /// <summary>The whole network with a penalty on the scales of its batch norms, which a pruned one is cut from.</summary>
    Penalised,

    /// <summary>A trained network with channels taken out, trained on.</summary>
    Pruned,

    /// <summary>A pruned network's widths with weights drawn anew, for the whole network's epochs: scratch-E (Liu et al., ICLR 2019, section 3).</summary>
    ScratchE,

    /// <summary>The same for as many multiplications as training, choosing, cutting and recovering took together: scratch-B with the recovery in its budget.</summary>
    ScratchB,

    /// <summary>The model at the smaller width that comes nearest in multiplications, for as many of them in all as the costliest pruned network.</summary>
    Width,
}

/// <summary>One network that a comparison trains over every seed.</summary>
public sealed record NetworkArm
{
    /// <summary>A unique name: <c>dense</c>, <c>SCORE@SHARE</c> such as <c>taylor@0.5</c>, <c>scratch-e@SCORE@SHARE</c>, <c>scratch-b@SCORE@SHARE</c>, <c>width@SHARE</c>, or <c>dense:SCORE</c> of a penalised one.</summary>
    public required string Name { get; init; }

    /// <summary>What it runs.</summary>
    public required NetworkArmKind Kind { get; init; }

    /// <summary>What channels are worth, of a pruned network and of one that a penalty readies; null for others.</summary>
    public string? By { get; init; }

    /// <summary>The share of multiplications that is left, in (0, 1); null for whole networks.</summary>
    public double? Keep { get; init; }

    /// <summary>The pruned network whose widths a scratch arm has; null for others.</summary>
    public string? MatchedTo { get; init; }
}

/// <summary>What a comparison of smaller networks asks, in <c>run.json</c>.</summary>
public sealed record NetworkPlan
{
    /// <summary>What is run for each seed.</summary>
    public required IReadOnlyList<NetworkArm> Arms { get; init; }

    /// <summary>Epochs that a pruned network is trained on; at least 1.</summary>
    public required int Recover { get; init; }

    /// <summary>The canonical spec of the data method by which it is trained on; <c>full</c> for all data.</summary>
    public required string Method { get; init; }

    /// <summary>What the recipe's peak learning rate is multiplied by meanwhile, above 0.</summary>
    public double RecoverRate { get; init; } = 1;

    /// <summary>The strength of the penalty on the scales of batch norms, of networks that are cut by them; null where none is.</summary>
    public double? Penalty { get; init; }

    /// <summary>Whether the least worthy channels go wherever they are (<c>global</c>), or the same share of each layer (<c>uniform</c>).</summary>
    public string Spread { get; init; } = "global";

    /// <summary>The share of its channels that each layer keeps in any case, in (0, 1].</summary>
    public double LeastKeep { get; init; } = 0.1;

    /// <summary>Each layer keeps a multiple of so many channels, or all; at least 1.</summary>
    public int RoundTo { get; init; } = 1;
}
