using Winnow.Networks.Depth;
using Winnow.Training.Tasks.Classification;

namespace Winnow.Training.Tests;

/// <summary>A classifier that is changed outside of a run.</summary>
[Collection(TrainingCollection.Name)]
public class TrainedClassifierTests
{
    [Fact]
    public void Its_weights_are_those_that_it_has_now()
    {
        var task = new ClassificationTask(Small.Images(), Small.Recipe);
        using var classifier = TrainedClassifier.Untrained(task, 1);
        var before = classifier.Weights().Select(static weight => weight.Name).ToArray();
        var trace = BlockTrace.Of(classifier.Module, classifier.Inputs(1));
        var scores = BlockScores.Cosine(trace, () => classifier.Show(10, 1));
        Assert.Equal(trace.Blocks.Count, scores.Count);
        var block = trace.Blocks[0].Name + ".";
        TorchSharp.torch.Tensor[] gone =
        [
            .. classifier.Module.named_parameters().Where(entry => entry.name.StartsWith(block, StringComparison.Ordinal)).Select(static entry => entry.parameter),
            .. classifier.Module.named_buffers().Where(entry => entry.Item1.StartsWith(block, StringComparison.Ordinal)).Select(static entry => entry.Item2),
        ];
        DepthShrinker.Shrink(trace, [trace.Blocks[0]]);
        Assert.Equal(before.Where(name => !name.StartsWith(trace.Blocks[0].Name + ".", StringComparison.Ordinal)), classifier.Weights().Select(static weight => weight.Name));
        Assert.NotEqual(before.Length, classifier.Weights().Count);

        // What was taken out is nobody's any more.
        Array.ForEach(gone, static tensor => tensor.Dispose());
    }
}
