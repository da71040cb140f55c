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

internal static class TorchAvailability
{
    /// <summary>Why tests are skipped, or null when they can run.</summary>
    public static string? Reason { get; } = Find();

    private static string? Find()
    {
        try
        {
            TorchRuntime.Load();
            return null;
        }
        catch (TorchNotAvailableException error)
        {
            return error.Message;
        }
    }
}
