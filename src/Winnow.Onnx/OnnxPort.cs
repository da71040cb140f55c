using System.Globalization;

namespace Winnow.Onnx;

/// <summary>An input or output of a network.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Type">What its numbers are, as ONNX calls them in lower case: float, float16, int64.</param>
/// <param name="Shape">Its extents, null for those that are free; empty where the file doesn't say.</param>
public sealed record OnnxPort(string Name, string Type, IReadOnlyList<long?> Shape)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Name} ({Type} [{string.Join(", ", Shape.Select(static extent => extent?.ToString(CultureInfo.InvariantCulture) ?? "?"))}])";
}
