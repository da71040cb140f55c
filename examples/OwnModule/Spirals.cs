using static TorchSharp.torch;

/// <summary>Points of the plane on three spiral arms that touch; the class is the arm.</summary>
internal sealed class Spirals : utils.data.Dataset
{
    private readonly float[][] _points;

    public Spirals(int count, int seed)
    {
        var random = new Random(seed);
        _points = [.. Enumerable.Range(0, count).Select(index => Point(index % 3, random))];
    }

    public override long Count => _points.Length;

    // "data" goes into the module, and "label" is what its output is held against.
    public override Dictionary<string, Tensor> GetTensor(long index) => new()
    {
        ["data"] = tensor(_points[index]),
        ["label"] = tensor(index % 3),
    };

    private static float[] Point(long arm, Random random)
    {
        var radius = random.NextSingle();
        var angle = (4 * radius) + (arm * MathF.Tau / 3) + (random.NextSingle() - 0.5f);
        return [radius * MathF.Cos(angle), radius * MathF.Sin(angle)];
    }
}
