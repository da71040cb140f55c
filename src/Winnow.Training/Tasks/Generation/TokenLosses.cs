using TorchSharp;
using Winnow.Torch;
using Winnow.Training.Models.Llama;
using static TorchSharp.torch;

namespace Winnow.Training.Tasks.Generation;

/// <summary>What a decoder says of the tokens of a batch that are to be predicted. Of the others no logits are made.</summary>
internal static class TokenLosses
{
    // Where nothing is kept for a backward pass, logits of so many tokens are in memory at a time.
    private const int Block = 2048;

    // The shortest texts that are sent through the layers by themselves.
    private const int Shortest = 16;

    /// <summary>Each predicted token's cross-entropy and, where asked for, whether it is the likeliest of all, 0 or 1: text after text, [predicted tokens].</summary>
    /// <param name="decoder">The network.</param>
    /// <param name="batch">As <see cref="TokenReader"/> gives it.</param>
    /// <param name="judged">Whether it is asked for.</param>
    public static (Tensor Losses, Tensor? Likeliest) Of(LlamaDecoder decoder, Batch batch, bool judged)
    {
        using var scope = NewDisposeScope();
        var hidden = Hidden(decoder, batch);
        var target = batch[Batch.Target];
        var expected = target.masked_select(target.ne(TokenReader.None));
        var (losses, likeliest) = (new List<Tensor>(), new List<Tensor>());
        var block = is_grad_enabled() ? expected.size(0) : Block;
        for (long start = 0; start < expected.size(0); start += block)
        {
            using var part = NewDisposeScope();
            var count = Math.Min(block, expected.size(0) - start);
            var (logits, truth) = (decoder.Logits(hidden.narrow(0, start, count)).to(ScalarType.Float32), expected.narrow(0, start, count));
            losses.Add(nn.functional.cross_entropy(logits, truth, reduction: nn.Reduction.None).MoveToOuterDisposeScope());
            if (judged)
            {
                likeliest.Add(logits.argmax(1).eq(truth).to(ScalarType.Float32).MoveToOuterDisposeScope());
            }
        }

        return (cat(losses).MoveToOuterDisposeScope(), judged ? cat(likeliest).MoveToOuterDisposeScope() : null);
    }

    /// <summary>The mean over each text's predicted tokens, [texts].</summary>
    /// <param name="values">A number a predicted token.</param>
    /// <param name="target">What is predicted where, [texts, tokens].</param>
    public static Tensor Means(Tensor values, Tensor target)
    {
        using var scope = NewDisposeScope();
        var mask = target.ne(TokenReader.None);
        return (zeros(target.shape, ScalarType.Float32, target.device).masked_scatter(mask, values).sum(1) / mask.sum(1)).MoveToOuterDisposeScope();
    }

    /// <summary>Whether it holds of all of each text's predicted tokens, 0 or 1, [texts].</summary>
    /// <param name="values">0 or 1 a predicted token.</param>
    /// <param name="target">What is predicted where, [texts, tokens].</param>
    public static Tensor All(Tensor values, Tensor target)
    {
        using var scope = NewDisposeScope();
        return ones(target.shape, ScalarType.Float32, target.device).masked_scatter(target.ne(TokenReader.None), values).amin([1L]).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// What the layers make of the places at which something is predicted, text after text, [predicted tokens, width]. On the processor, texts of about a length go through the layers together, since
    /// padding costs there as much as text; a device is given all at once, and isn't waited for.
    /// </summary>
    private static Tensor Hidden(LlamaDecoder decoder, Batch batch)
    {
        using var scope = NewDisposeScope();
        var (input, predicted) = (batch[Batch.Input], batch[Batch.Target].ne(TokenReader.None));
        if (input.device.type != DeviceType.CPU)
        {
            return At(decoder.Hidden(input), predicted).MoveToOuterDisposeScope();
        }

        var groups = batch[TokenReader.Length].data<long>().ToArray().Index().GroupBy(static text => Rounded(text.Item)).OrderBy(static group => group.Key).ToArray();
        if (groups.Length == 1)
        {
            return At(decoder.Hidden(input), predicted).MoveToOuterDisposeScope();
        }

        var (parts, places, row) = (new List<Tensor>(), new List<Tensor>(), input.size(1));
        foreach (var group in groups)
        {
            var texts = TensorData.FromSpan<long>([.. group.Select(static text => (long)text.Index)]);
            var length = Math.Min(group.Key, row);
            var mask = predicted.index_select(0, texts).narrow(1, 0, length);
            parts.Add(At(decoder.Hidden(input.index_select(0, texts).narrow(1, 0, length)), mask));
            places.Add((texts.unsqueeze(1) * row + arange(length, ScalarType.Int64).unsqueeze(0)).masked_select(mask));
        }

        return cat(parts).index_select(0, cat(places).argsort()).MoveToOuterDisposeScope();
    }

    private static Tensor At(Tensor hidden, Tensor mask) => hidden.flatten(0, 1).index_select(0, mask.flatten().nonzero().squeeze(1));

    private static long Rounded(long length)
    {
        long rounded = Shortest;
        while (rounded < length)
        {
            rounded *= 2;
        }

        return rounded;
    }
}
