namespace Winnow.Torch.Tests.Support;

/// <summary>A test that needs the native library; skipped, with the reason in the report, where it is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TorchFactAttribute : FactAttribute
{
    public TorchFactAttribute() => Skip = TorchAvailability.Reason!;
}

/// <summary>A theory that needs the native library.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TorchTheoryAttribute : TheoryAttribute
{
    public TorchTheoryAttribute() => Skip = TorchAvailability.Reason!;
}

static class TorchAvailability
{
    /// <summary>Why tests are skipped, or null when they can run.</summary>
    public static string? Reason { get; } = Find();

    /// <summary>Why tests of several ranks are skipped, or null when they can run.</summary>
    public static string? NoRanks { get; } = Reason ?? (Distributed.ProcessGroup.IsAvailable ? null : "the native library was built without gloo's headers");

    static string? Find()
    {
        try
        {
            TorchRuntime.Initialize();
            return null;
        }
        catch (TorchNotAvailableException error)
        {
            return error.Message;
        }
    }
}

/// <summary>A test that needs process groups; skipped where the native library was built without them.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RanksFactAttribute : FactAttribute
{
    public RanksFactAttribute() => Skip = TorchAvailability.NoRanks!;
}

/// <summary>A theory that needs process groups.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RanksTheoryAttribute : TheoryAttribute
{
    public RanksTheoryAttribute() => Skip = TorchAvailability.NoRanks!;
}
