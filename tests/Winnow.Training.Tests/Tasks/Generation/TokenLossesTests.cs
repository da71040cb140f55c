using Winnow.Records;
using Winnow.Training.Models.Llama;
using Winnow.Training.Tasks;
using Winnow.Training.Tasks.Generation;
using static TorchSharp.torch;

namespace Winnow.Training.Tests.Tasks.Generation;

/// <summary>Losses of answers, against an obvious program that sends each text through the network alone and without padding.</summary>
[Collection(TrainingCollection.Name)]
public sealed class TokenLossesTests
{
    private static readonly SampleRequest s_request = new(Training: true, new HashSet<string>());

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Losses_and_gradients_are_those_of_each_text_alone_whatever_it_is_padded_with(bool pairs)
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var task = new GenerationTask(pairs ? SmallTexts.Pairs() : SmallTexts.Plain(), SmallTexts.Recipe);
        using var model = (LlamaDecoder)task.CreateModel(CPU);
        int[] ids = [.. Enumerable.Range(0, 20)];
        using var pass = task.OpenTrain(CPU, MemoryLayout.Contiguous).Read(ids, null);
        var batch = pass.Take(0, ids.Length);
        var losses = task.Measure(task.Forward(model, batch), batch, s_request).Losses;
        var expected = ids.Select(id => Alone(model, task.Train[id].ToArray(), task.Train.Answer(id))).ToArray();
        for (var k = 0; k < ids.Length; k++)
        {
            Assert.Equal(expected[k].item<float>(), losses[k].item<float>(), 1e-4);
        }

        var weights = arange(1, ids.Length + 1, ScalarType.Float32);
        losses.dot(weights).backward();
        var found = Gradients(model);
        model.zero_grad();
        stack(expected).dot(weights).backward();
        foreach (var (name, gradient) in Gradients(model))
        {
            Assert.True((gradient - found[name]).abs().max().item<float>() < 1e-3 * Math.Max(1, gradient.abs().max().item<float>()), name);
        }

        // What stands behind a text reaches nothing.
        var (input, lengths) = (batch[Batch.Input].clone(), batch[TokenReader.Length]);
        for (var k = 0; k < ids.Length; k++)
        {
            var length = lengths[k].item<long>();
            input[k].narrow(0, length, input.size(1) - length).fill_(7);
        }

        var other = new Batch(KeyValuePair.Create(Batch.Input, input), KeyValuePair.Create(Batch.Target, batch[Batch.Target]), KeyValuePair.Create(TokenReader.Length, lengths));
        Assert.True(losses.Equals(task.Measure(task.Forward(model, other), other, s_request).Losses));
    }

    [Fact]
    public void Parts_of_a_batch_have_the_losses_that_they_have_in_it()
    {
        using var scope = NewDisposeScope();
        using var silent = no_grad();
        manual_seed(3);
        var task = new GenerationTask(SmallTexts.Plain(), SmallTexts.Recipe);
        using var model = task.CreateModel(CPU);
        using var pass = task.OpenTrain(CPU, MemoryLayout.Contiguous).Read(Enumerable.Range(0, 40).ToArray(), null);
        var batch = pass.Take(0, 40);
        var whole = Losses(batch);
        Assert.True(whole.narrow(0, 13, 9).allclose(Losses(batch.Narrow(13, 9)), 1e-4, 1e-5));
        var places = tensor(new long[] { 30, 2, 17 });
        Assert.True(whole.index_select(0, places).allclose(Losses(batch.Select(places)), 1e-4, 1e-5));

        Tensor Losses(Batch some) => task.Measure(task.Forward(model, some), some, s_request).Losses;
    }

    private static Dictionary<string, Tensor> Gradients(nn.Module model) => model.named_parameters().ToDictionary(static entry => entry.name, static entry => entry.parameter.grad!.clone());

    private static Tensor Alone(LlamaDecoder model, int[] tokens, int answer)
    {
        var all = Array.ConvertAll(tokens, static token => (long)token);
        var logits = model.Logits(model.Hidden(tensor(all[..^1]).unsqueeze(0))).squeeze(0).log_softmax(1);
        var sum = zeros(1);
        for (var place = answer; place < all.Length; place++)
        {
            sum = sum - logits[place - 1, all[place]];
        }

        return (sum / (all.Length - answer)).squeeze(0);
    }
}
