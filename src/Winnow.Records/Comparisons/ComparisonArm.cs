namespace Winnow.Records.Comparisons;

/// <summary>What an arm is there for.</summary>
public enum ArmRole
{
    /// <summary>A method under test.</summary>
    Method,

    /// <summary>What it is held against.</summary>
    Control,
}

/// <summary>What an arm runs.</summary>
public enum ArmKind
{
    /// <summary>A method under test.</summary>
    Method,

    /// <summary>Every sample in every epoch.</summary>
    Full,

    /// <summary>Every sample, under a schedule shortened to a method's steps.</summary>
    Shortened,

    /// <summary>Every sample, under a schedule that takes as much compute as a method that also looks at samples it doesn't train on.</summary>
    EqualCompute,

    /// <summary>The shortened one with the learning rate multiplied by the method's mean of all samples over visited ones.</summary>
    ShortenedLr,

    /// <summary>In each epoch a new random subset of as many samples as the method visited, weight 1.</summary>
    Random,

    /// <summary>Repeated random sampling without replacement with as many visits as the method's in all.</summary>
    Rs2,

    /// <summary>The method itself, every sample that it visits counting the same.</summary>
    WithoutWeights,

    /// <summary>The method itself, pruning to the last epoch.</summary>
    WithoutAnnealing,
}

/// <summary>One way of training that a comparison runs over every seed.</summary>
public sealed record ComparisonArm
{
    /// <summary>
    /// A unique name: the method spec; or what is matched to it and the spec after an @: <c>full@SPEC</c> for the full data shortened to the
    /// steps of the arm SPEC, <c>full@SPEC*compute</c>, <c>full@SPEC*lr</c>, <c>random@SPEC</c>, <c>rs2@SPEC</c>, <c>no-weights@SPEC</c>, <c>no-annealing@SPEC</c>. Of a control that all
    /// methods share, <c>save=X</c> stands in the place of SPEC.
    /// </summary>
    public required string Name { get; init; }

    /// <summary>The canonical method spec; of a control that follows another arm's visits, the method's name.</summary>
    public required string Method { get; init; }

    /// <summary>What it chooses once to train on, <c>SELECTOR:keep=K@SCORE</c>; null for an arm that trains on all data, or whose method chooses as it trains.</summary>
    public string? Selection { get; init; }

    /// <summary>What it runs.</summary>
    public required ArmKind Kind { get; init; }

    /// <summary>Method or control.</summary>
    public ArmRole Role => Kind == ArmKind.Method ? ArmRole.Method : ArmRole.Control;

    /// <summary>The name of the arm that this one is matched to; null for a method, for <c>full</c> and for a control that all methods share.</summary>
    public string? MatchedTo { get; init; }

    /// <summary>The saving that all methods were asked for, of a control that they share; null otherwise.</summary>
    public double? SharedSave { get; init; }

    /// <summary>Whether this is what a method is held against: matched to it, or shared by all.</summary>
    public bool IsFor(ComparisonArm method)
    {
        ArgumentNullException.ThrowIfNull(method);
        return MatchedTo == method.Name || (SharedSave is not null && method.Kind == ArmKind.Method);
    }

    /// <summary>The name of the arm whose steps, or whose compute, end this one's shortened schedule; null for a full schedule.</summary>
    public string? ShortenedTo => Kind is ArmKind.Shortened or ArmKind.ShortenedLr or ArmKind.EqualCompute ? MatchedTo : null;
}
