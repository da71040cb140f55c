using Winnow.Policies;
using Winnow.Records;
using Winnow.Samples;
using Winnow.Torch;
using Winnow.Training.Tasks.Reconstruction;
using static TorchSharp.torch;

namespace Winnow.Training.Tests;

/// <summary>Learning from a teacher's probabilities beside the labels.</summary>
[Collection(TrainingCollection.Name)]
public sealed class DistillationTests
{
    private static readonly TrainingRecipe s_recipe = new() { Model = "mlp", Epochs = 2, BatchSize = 16, Precision = Precision.Fp32 };

    [Fact]
    public void The_loss_is_the_formula()
    {
        using var scope = NewDisposeScope();
        float[] teacher = [0.7f, 0.2f, 0.1f, 0, 0.5f, 0.5f], logits = [1, 2, 3, 0, -1, 0.5f];
        var mixed = new Distillation(teacher, 0.6, 2).Mix(tensor(new[] { 0.5f, 1.5f }), tensor(logits).view(2, 3), new Distillation(teacher, 0.6, 2).Rows(2, CPU)).ToArray<float>();
        for (var i = 0; i < 2; i++)
        {
            double[] t = Soft([.. Enumerable.Range(0, 3).Select(c => Math.Log(Math.Max(1e-12, teacher[(3 * i) + c])) / 2)]), s = Soft([.. Enumerable.Range(0, 3).Select(c => logits[(3 * i) + c] / 2.0)]);
            var divergence = t.Zip(s, static (a, b) => a * (Math.Log(a) - Math.Log(b))).Sum();
            Assert.Equal((0.4 * (i == 0 ? 0.5 : 1.5)) + (0.6 * 4 * divergence), mixed[i], 1e-5);
        }

        static double[] Soft(double[] x) => [.. x.Select(v => Math.Exp(v) / x.Sum(Math.Exp))];
    }

    [Fact]
    public void A_teacher_without_a_share_changes_nothing_and_one_with_it_does()
    {
        var data = Small.Images(64);
        var uniform = Enumerable.Repeat(1f / data.Train.Classes, 64 * data.Train.Classes).ToArray();
        var trainer = s_recipe.CreateTrainer(data, CPU);
        var plain = Run(null);
        Assert.Equal(plain.Weights.SelectMany(static array => array.Type == "F32" ? array.Values : []), Run(new(uniform, 0)).Weights.SelectMany(static array => array.Type == "F32" ? array.Values : []), static (a, b) => Math.Abs(a - b) < 1e-4f);
        Assert.NotEqual(plain.WeightsSha256(), Run(new(uniform, 0.9)).WeightsSha256());

        // Who is told nothing but that all classes are equally likely learns nothing.
        Assert.InRange(Run(new(uniform, 1)).TestLoss!.Value, Math.Log(data.Train.Classes) - 0.2, Math.Log(data.Train.Classes) + 0.2);

        TrainingOutcome Run(Distillation? teacher) => trainer.Run(new TrainingRequest { Method = "full", Teacher = teacher }, []);
    }

    [Fact]
    public void Each_sample_has_its_own_row()
    {
        // A teacher that knows the labels, of a set whose labels are all the same: what is learned is the teacher's.
        var data = Small.Images(256);
        var rows = new float[256 * data.Train.Classes];
        for (var i = 0; i < 256; i++)
        {
            rows[(i * data.Train.Classes) + data.Train.Labels[i]] = 1;
        }

        var blind = data with { Train = Winnow.Data.SampleSet.FromBytes("blind", data.Train.Shape, data.Train.Bytes.ToArray(), new int[256], data.Train.Classes) };
        var outcome = (s_recipe with { Epochs = 8 }).CreateTrainer(blind, CPU).Run(new TrainingRequest { Method = "full", Teacher = new(rows, 1, 1) }, []);
        Assert.True(outcome.Accuracy > 0.8, $"accuracy {outcome.Accuracy}");
    }

    [Fact]
    public void Samples_that_sat_out_are_compared_by_the_same_loss()
    {
        // Without a share of the labels, a uniform teacher gives a network that says nothing the loss 0, and labels would give it the logarithm of the number of classes.
        var data = Small.Images(64);
        var uniform = Enumerable.Repeat(1f / data.Train.Classes, 64 * data.Train.Classes).ToArray();
        var losses = new Losses();
        s_recipe.CreateTrainer(data, CPU).Run(new TrainingRequest { Policy = losses, Method = losses.ToString(), Teacher = new(uniform, 1) }, []);
        Assert.NotEmpty(losses.Dropped);
        Assert.All(losses.Dropped, static loss => Assert.InRange(loss, 0, 0.5f));
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        var data = Small.Images(64);
        Assert.Throws<RecipeException>(static () => new Distillation(new float[4], 1.5));
        Assert.Throws<RecipeException>(static () => new Distillation(new float[4], 0.5, 0));
        Assert.Throws<RecipeException>(static () => new Distillation(new[] { float.NaN }, 0.5));
        Assert.Contains("give a row a sample", Assert.Throws<RecipeException>(() => s_recipe.CreateTrainer(data, CPU).Check(new TrainingRequest { Method = "full", Teacher = new(new float[8], 0.5) })).Message, StringComparison.Ordinal);
        Assert.Contains("tells none apart", Assert.Throws<RecipeException>(() => new ReconstructionRecipe { BatchSize = 32 }.CreateTrainer(data, CPU).Check(new TrainingRequest { Method = "full", Teacher = new(new float[8], 0.5) })).Message, StringComparison.Ordinal);
    }

    /// <summary>Visits every other sample, and keeps what it is told of those that sit out.</summary>
    private sealed class Losses : IPruningPolicy
    {
        public List<float> Dropped { get; } = [];

        public IReadOnlyList<Column> Columns => [];

        public IReadOnlyList<Signal> Needs => [Signal.Loss];

        public bool RefreshesDropped => true;

        public void Observe(SampleTable samples, in BatchSignals batch)
        {
            for (var k = 0; k < batch.Ids.Length; k++)
            {
                if (batch.Ids[k] % 2 == 1)
                {
                    lock (Dropped)
                    {
                        Dropped.Add(batch.Losses[k]);
                    }
                }
            }
        }

        public void Plan(in EpochContext epoch, SampleTable samples, Span<float> weights)
        {
            for (var id = 0; id < weights.Length; id++)
            {
                weights[id] = id % 2 == 0 ? 1 : 0;
            }
        }

        public override string ToString() => "every-other";
    }
}
