using static TorchSharp.torch;

namespace Winnow.Training.Tasks.Reconstruction;

/// <summary>How well features tell classes apart without being trained for it: each test sample is given the class that most of its nearest training samples have.</summary>
internal static class NearestNeighbours
{
    /// <summary>Neighbours that vote.</summary>
    public const int Count = 20;

    // Similarities of so many test samples to all training samples are in memory at a time.
    private const int Block = 256;

    /// <summary>The share of test samples whose class is found: by cosine similarity, votes weighted by exp(similarity / 0.07) as in Wu et al., CVPR 2018.</summary>
    /// <param name="train">float32 [n, width].</param>
    /// <param name="trainLabels">int64 [n].</param>
    /// <param name="test">float32 [m, width].</param>
    /// <param name="testLabels">int64 [m].</param>
    /// <param name="classes">How many classes there are.</param>
    public static double Accuracy(Tensor train, Tensor trainLabels, Tensor test, Tensor testLabels, int classes)
    {
        using var scope = NewDisposeScope();
        using var silent = no_grad();
        var reference = nn.functional.normalize(train, dim: 1).t().contiguous();
        var queries = nn.functional.normalize(test, dim: 1);
        long right = 0;
        for (long start = 0; start < queries.size(0); start += Block)
        {
            using var step = NewDisposeScope();
            var count = Math.Min(Block, queries.size(0) - start);
            var (similarity, nearest) = queries.narrow(0, start, count).mm(reference).topk((int)Math.Min(Count, reference.size(1)), 1);
            var votes = zeros(count, classes, ScalarType.Float32, queries.device).scatter_add_(1, trainLabels.take(nearest), (similarity / 0.07).exp());
            right += votes.argmax(1).eq(testLabels.narrow(0, start, count)).sum().item<long>();
        }

        return (double)right / queries.size(0);
    }
}
