namespace Winnow.Networks.Scores;

/// <summary>How several numbers of one unit become one: of a filter's weights, or of the parameters that are removed together.</summary>
public enum Reduction
{
    /// <summary>Their sum.</summary>
    Sum,

    /// <summary>Their mean.</summary>
    Mean,

    /// <summary>The largest.</summary>
    Max,

    /// <summary>Their product.</summary>
    Prod,

    /// <summary>The first: that of the layer which the unit is named for.</summary>
    First,
}

/// <summary>Makes one number of several.</summary>
public static class Reductions
{
    /// <summary>One number of several, in float64 and in their order.</summary>
    /// <param name="by">How.</param>
    /// <param name="values">At least one.</param>
    /// <exception cref="NetworkPruningException">There are none.</exception>
    public static double Of(Reduction by, ReadOnlySpan<double> values)
    {
        if (values.IsEmpty)
        {
            throw new NetworkPruningException("a unit without numbers has no score; give at least one.");
        }

        double sum = 0, product = 1, largest = double.NegativeInfinity;
        foreach (var value in values)
        {
            (sum, product, largest) = (sum + value, product * value, Math.Max(largest, value));
        }

        return by switch
        {
            Reduction.Sum => sum,
            Reduction.Mean => sum / values.Length,
            Reduction.Max => largest,
            Reduction.Prod => product,
            Reduction.First => values[0],
            _ => throw new ArgumentOutOfRangeException(nameof(by), by, "no such reduction."),
        };
    }

    /// <summary>Unit by unit over the members of a group: the scores of a channel at its producer, its normalisation and its consumers become one.</summary>
    /// <param name="by">How.</param>
    /// <param name="members">At least one list of scores, each of as many units.</param>
    /// <exception cref="NetworkPruningException">There are none, or they are of different lengths.</exception>
    public static double[] Members(Reduction by, IReadOnlyList<double[]> members)
    {
        ArgumentNullException.ThrowIfNull(members);
        if (members.Count == 0 || members.Any(member => member.Length != members[0].Length))
        {
            throw new NetworkPruningException($"scores of {string.Join(", ", members.Select(static member => member.Length))} units can't be joined; members of a group have equally many, and there is at least one.");
        }

        var joined = new double[members[0].Length];
        var values = new double[members.Count];
        for (var unit = 0; unit < joined.Length; unit++)
        {
            for (var m = 0; m < values.Length; m++)
            {
                values[m] = members[m][unit];
            }

            joined[unit] = Of(by, values);
        }

        return joined;
    }
}
