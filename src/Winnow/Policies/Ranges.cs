using System.Runtime.CompilerServices;

namespace Winnow.Policies;

/// <summary>Checks the options of policies that are made in code; the catalogue has checked those that come from a spec.</summary>
internal static class Ranges
{
    /// <summary>A share that can't be 0, in (0, 1].</summary>
    public static double Kept(double value, [CallerMemberName] string name = "") => value is > 0 and <= 1
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} is a share kept, in (0, 1]");

    /// <summary>A share of all visits to save, in (0, 1), or null.</summary>
    public static double? Saved(double? value, [CallerMemberName] string name = "") => value is null or (> 0 and < 1)
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} is a share of all visits to save, in (0, 1)");

    /// <summary>A share of the epochs, in [0, 1].</summary>
    public static double Epochs(double value, [CallerMemberName] string name = "") => value is >= 0 and <= 1
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} is a share of the epochs, in [0, 1]");

    /// <summary>A percentile in (0, 100].</summary>
    public static double Percentile(double value, [CallerMemberName] string name = "") => value is > 0 and <= 100
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} is a percentile, in (0, 100]");

    /// <summary>A share left out, in [0, 1).</summary>
    public static double LeftOut(double value, [CallerMemberName] string name = "") => value is >= 0 and < 1
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} is a share left out, in [0, 1)");

    /// <summary>A number from one bound to another, both possible.</summary>
    public static double Between(double value, double least, double most, [CallerMemberName] string name = "") => value >= least && value <= most
        ? value
        : throw new ArgumentOutOfRangeException(name, value, FormattableString.Invariant($"{name} is a number in [{least}, {most}]"));

    /// <summary>A share that may be 0 and 1, in [0, 1].</summary>
    public static double Share(double value, [CallerMemberName] string name = "") => value is >= 0 and <= 1
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} is a share, in [0, 1]");

    /// <summary>The weight of the newest value in a running mean, in (0, 1].</summary>
    public static double Gain(double value, [CallerMemberName] string name = "") => value is > 0 and <= 1
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} is the weight of the newest value, in (0, 1]");

    /// <summary>What one number counts beside another, in [0, 1000].</summary>
    public static double Factor(double value, [CallerMemberName] string name = "") => value is >= 0 and <= 1000
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} is a factor, in [0, 1000]");

    /// <summary>A number of epochs, at least 1.</summary>
    public static int Period(int value, [CallerMemberName] string name = "") => value >= 1
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} is a number of epochs, at least 1");
}
