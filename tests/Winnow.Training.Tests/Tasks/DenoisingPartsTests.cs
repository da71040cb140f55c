using Winnow.Data;
using Winnow.Records;
using Winnow.Torch;
using Winnow.Training.Tasks;
using Winnow.Training.Tasks.Denoising;
using static TorchSharp.torch;

namespace Winnow.Training.Tests.Tasks;

/// <summary>What a diffusion model is made of: draws, noise, network, sampling, distance.</summary>
[Collection(TrainingCollection.Name)]
public sealed class DenoisingPartsTests
{
    private static readonly DenoisingRecipe s_recipe = new() { BatchSize = 32, Width = 16, Images = 80, SamplingSteps = 3 };

    [Fact]
    public void What_is_drawn_for_a_sample_doesnt_depend_on_who_else_is_visited()
    {
        using var scope = NewDisposeScope();
        var task = Task();
        Batch together = Take([7, 2, 9], 1, 0), alone = Take([2], 1, 0), later = Take([2], 1, 1), otherwise = Take([2], 2, 0);
        foreach (var (name, part) in together.Parts)
        {
            Assert.True(part.narrow(0, 1, 1).Equals(alone[name]), name);
        }

        Assert.False(alone[NoisyReader.Noise].Equals(later[NoisyReader.Noise]));
        Assert.False(alone[NoisyReader.Noise].Equals(otherwise[NoisyReader.Noise]));
        Assert.False(alone[NoisyReader.Noise].Equals(together[NoisyReader.Noise].narrow(0, 0, 1)));

        Batch Take(int[] ids, ulong seed, int epoch)
        {
            using var pass = task.OpenTrain(CPU, MemoryLayout.ChannelsLast).Read(ids, new SampleDraws(seed, epoch));
            return pass.Take(0, ids.Length);
        }
    }

    [Fact]
    public void Time_steps_and_untold_classes_are_as_often_as_they_should_be()
    {
        int[] ids = [.. Enumerable.Range(0, 20_000)], labels = [.. ids.Select(static id => id % 4)];
        var times = NoiseDraws.Times(new SampleDraws(3, 1), ids, 10);
        Assert.All(Enumerable.Range(0, 10), time => Assert.InRange(times.Count(drawn => drawn == time), 2000 - 200, 2000 + 200));
        var told = NoiseDraws.Classes(new SampleDraws(3, 1), ids, labels, 4, 0.1);
        Assert.InRange(told.Count(static name => name == 4), 2000 - 200, 2000 + 200);
        Assert.All(ids, id => Assert.True(told[id] == labels[id] || told[id] == 4));

        var spread = NoiseDraws.Spread([5, 17], 1000, 4);
        for (var k = 0; k < 8; k++)
        {
            Assert.InRange(spread[k], k % 4 * 250, (k % 4 * 250) + 249);
        }

        Assert.Equal(spread[4..], NoiseDraws.Spread([17], 1000, 4));
    }

    // Ho et al. 2020: β from 10^-4 to 0.02 over 1,000 steps (section 4). ᾱ at the end leaves almost nothing of the image: its square root is 0.0064.
    [Fact]
    public void The_schedule_is_the_papers()
    {
        var schedule = new NoiseSchedule(1000);
        Assert.Equal(1e-4, schedule.Betas[0], 1e-12);
        Assert.Equal(0.02, schedule.Betas[^1], 1e-12);
        Assert.Equal((1e-4 + 0.02) / 2, (schedule.Betas[499] + schedule.Betas[500]) / 2, 1e-12);
        Assert.Equal(0.9999, schedule.AlphaBar(0), 1e-12);
        Assert.Equal(1, schedule.AlphaBar(-1));
        Assert.Equal(Math.Exp(Enumerable.Range(0, 1000).Sum(t => Math.Log(1 - (1e-4 + ((0.02 - 1e-4) * t / 999))))), schedule.AlphaBar(999), 1e-12);
        Assert.Equal(4.0e-5, schedule.AlphaBar(999), 1e-6);
        Assert.Equal(1, Math.Pow(schedule.Signal(300), 2) + Math.Pow(schedule.Noise(300), 2), 1e-6);

        // With fewer steps there is about as much noise at the end.
        Assert.InRange(new NoiseSchedule(100).AlphaBar(99), 1e-5, 1e-4);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_noisy_image_is_the_scaled_image_and_noise_of_the_schedules_variance(bool testing)
    {
        using var scope = NewDisposeScope();
        var data = Small.Images(600, 600);
        var task = Task(data: data);
        var set = testing ? data.Test : data.Train;
        using var reader = testing ? task.OpenTest(CPU, MemoryLayout.Contiguous) : task.OpenTrain(CPU, MemoryLayout.Contiguous);
        int[] ids = [.. Enumerable.Range(0, 600)];
        using var pass = reader.Read(ids, testing ? null : new SampleDraws(1, 0));
        var batch = pass.Take(0, 600);
        var each = testing ? DenoisingTask.TestTimes : 1;
        var (images, noise, times) = (batch[Batch.Input].reshape(600, each, 256), batch[NoisyReader.Noise].reshape(600, each, 256), batch[NoisyReader.Time].reshape(600, each));
        var schedule = new NoiseSchedule(1000);
        double signal = 0, spread = 0;
        foreach (var id in ids)
        {
            for (var k = 0; k < each; k++)
            {
                var (alpha, drawn, image) = (schedule.AlphaBar((int)times[id, k].item<long>()), noise[id, k].data<float>().ToArray(), images[id, k].data<float>().ToArray());
                for (var pixel = 0; pixel < 256; pixel++)
                {
                    var clean = (set.Bytes[(id * 256) + pixel] / 127.5) - 1;
                    Assert.Equal((Math.Sqrt(alpha) * clean) + (Math.Sqrt(1 - alpha) * drawn[pixel]), image[pixel], 1e-4);
                    spread += Math.Pow(image[pixel] - (Math.Sqrt(alpha) * clean), 2) / (1 - alpha);
                    signal += drawn[pixel];
                }
            }
        }

        // Of q(x_t | x_0): variance 1 - ᾱ around √ᾱ·x_0.
        Assert.Equal(1, spread / (600 * each * 256), 0.02);
        Assert.Equal(0, signal / (600 * each * 256), 0.02);
    }

    [Fact]
    public void A_loss_is_the_mean_squared_error_of_the_noise()
    {
        using var scope = NewDisposeScope();
        var task = Task();
        foreach (var reader in new[] { task.OpenTrain(CPU, MemoryLayout.Contiguous), task.OpenTest(CPU, MemoryLayout.Contiguous) })
        {
            using var pass = reader.Read(new[] { 3, 8 }, null);
            var batch = pass.Take(0, 2);
            var output = randn(batch[NoisyReader.Noise].shape);
            var (said, noise) = (output.reshape(2, -1), batch[NoisyReader.Noise].reshape(2, -1));
            var losses = task.Measure(output, batch, new SampleRequest(true, new HashSet<string>())).Losses;
            for (var k = 0; k < 2; k++)
            {
                Assert.Equal(said[k].data<float>().ToArray().Zip(noise[k].data<float>().ToArray(), static (a, b) => Math.Pow(a - b, 2)).Average(), losses[k].item<float>(), 1e-4);
            }
        }
    }

    // A network that knows the image: DDIM then arrives at it, in any number of steps.
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(50)]
    public void Sampling_with_the_right_noise_arrives_at_the_image(int steps)
    {
        using var scope = NewDisposeScope();
        var schedule = new NoiseSchedule(1000);
        var sampler = new DiffusionSampler(schedule, steps, guidance: 0);
        Assert.Equal(steps, sampler.Times.Count);
        Assert.Equal(999, sampler.Times[0]);
        Assert.True(steps == 1 || sampler.Times[^1] == 0);
        var target = (rand(3, 1, 8, 8) * 2) - 1;
        var made = sampler.Sample(
            (images, times, _) =>
            {
                var alpha = schedule.AlphaBar((int)times[0].item<long>());
                return (images - (target * Math.Sqrt(alpha))) / Math.Sqrt(1 - alpha);
            },
            randn(3, 1, 8, 8), zeros(3, int64), 4);
        Assert.True(made.allclose(target, 1e-3, 1e-3));
    }

    [Fact]
    public void Guidance_goes_from_what_is_told_away_from_what_isnt()
    {
        using var scope = NewDisposeScope();
        var (noise, classes) = (randn(2, 1, 8, 8), tensor(new long[] { 0, 2 }));
        var asked = 0;
        Tensor Predict(Tensor images, Tensor times, Tensor told)
        {
            asked++;
            return images * (1 + (told.eq(4).to(ScalarType.Float32).view(-1, 1, 1, 1) * 0.1));
        }

        var guided = new DiffusionSampler(new NoiseSchedule(1000), 1, guidance: 2).Sample(Predict, noise, classes, 4);
        Assert.Equal(2, asked);
        var expected = new DiffusionSampler(new NoiseSchedule(1000), 1, guidance: 0).Sample((images, _, _) => images * (1 + (2 * -0.1)), noise, classes, 4);
        Assert.True(guided.allclose(expected, 1e-4, 1e-5));
    }

    [Fact]
    public void Frechet_distances_are_those_of_closed_forms()
    {
        using var scope = NewDisposeScope();

        // Covariances that commute: |μ₁ - μ₂|² + Σ (√λ₁ - √λ₂)².
        var turn = linalg.qr(randn(4, 4, float64)).Q;
        double[] one = [4, 1, 0.25, 0], other = [1, 9, 0.25, 2];
        Tensor Covariance(double[] values) => (turn * tensor(values)).matmul(turn.t());
        var (mean1, mean2) = (tensor(new double[] { 1, 2, 3, 4 }), tensor(new double[] { 1, 0, 3, 5 }));
        var expected = 5 + one.Zip(other, static (a, b) => Math.Pow(Math.Sqrt(a) - Math.Sqrt(b), 2)).Sum();
        Assert.Equal(expected, FrechetDistance.Between(mean1, Covariance(one), mean2, Covariance(other)), 1e-6);

        // Two by two, whatever they are: tr(M^½) = √(tr M + 2·√det M) for M = C₁·C₂.
        double[,] a = { { 2, 0.7 }, { 0.7, 1 } }, b = { { 1, -0.4 }, { -0.4, 3 } };
        var product = tensor(a).matmul(tensor(b));
        var common = Math.Sqrt(product.trace().item<double>() + (2 * Math.Sqrt(linalg.det(product).item<double>())));
        Assert.Equal(2 + 1 + 1 + 3 - (2 * common), FrechetDistance.Between(zeros(2, float64), tensor(a), zeros(2, float64), tensor(b)), 1e-9);
        Assert.Equal(2 + 1 + 1 + 3 - (2 * common), FrechetDistance.Between(zeros(2, float64), tensor(b), zeros(2, float64), tensor(a)), 1e-9);

        // From features: a shift by s of the same ones is s² away, and nothing is away from itself.
        var features = randn(500, 6);
        Assert.Equal(0, FrechetDistance.Between(features, features), 1e-5);
        Assert.Equal(6 * 0.25, FrechetDistance.Between(features, features + 0.5), 1e-3);
        Assert.Equal(features.to(ScalarType.Float64).var(0).sum().item<double>(), FrechetDistance.Between(features * 2, features) - (features.to(ScalarType.Float64).mean([0L]).square().sum().item<double>()), 1e-3);
    }

    [Fact]
    public void Relative_losses_are_those_over_the_mean_of_their_neighbours_in_time()
    {
        // The loss is that of the time step times the sample's own: what is left is the sample's own.
        long[] times = [.. Enumerable.Range(0, 3200).Select(static k => k * 7919L % 1000)];
        double[] own = [.. Enumerable.Range(0, 3200).Select(static k => 0.5 + (k % 11 / 10.0))];
        float[] losses = [.. times.Select((time, k) => (float)(own[k] / (1 + (time / 50.0))))];
        var relative = RelativeLosses.Of(times, losses);
        for (var k = 0; k < 3200; k++)
        {
            Assert.Equal(own[k], relative[k], 0.2);
        }

        // Few: relative to all of them.
        Assert.Equal([0.5f, 1.5f], RelativeLosses.Of([3, 900], [1, 3]));
        var broken = RelativeLosses.Of([3, 900, 4], [1, float.NaN, 3]);
        Assert.Equal((0.5f, float.NaN, 1.5f), (broken[0], broken[1], broken[2]));
        Assert.Equal([0f, 0f], RelativeLosses.Of([3, 900], [0, 0]));
        Assert.Empty(RelativeLosses.Of([], []));
        float[] raw = [1, 3];
        Assert.Same(raw, Task(s_recipe with { RelativeLoss = false }).Scores([1, 2], new SampleDraws(1, 0), raw));
        Assert.Equal([0.5f, 1.5f], Task().Scores([1, 2], new SampleDraws(1, 0), raw));
        Assert.Equal([0.5f, 1.5f], Task().Scores([1, 2], null, raw));
    }

    [Fact]
    public void The_classes_numbers_are_trained_and_saved()
    {
        using var scope = NewDisposeScope();
        using var model = Task().CreateModel(CPU);
        Assert.Contains(model.named_parameters(), static entry => entry is { name: "class_encoder.embed.weight", parameter.requires_grad: true });
    }

    [Theory]
    [InlineData(1, 28, 28, 1)]
    [InlineData(3, 8, 13, 2)]
    [InlineData(1, 15, 30, 1)]
    public void Any_size_from_eight_pixels_goes_through_the_network(int channels, int rows, int columns, int depth)
    {
        using var scope = NewDisposeScope();
        using var model = new DenoisingNetwork(s_recipe with { Depth = depth }, channels, 5);
        Assert.Contains(model.named_parameters(), static entry => entry.name == "class_encoder.embed.weight");
        Assert.Contains(model.named_parameters(), static entry => entry.name == "unet.middle1.conv1.weight");
        using (var silent = no_grad())
        {
            // The last layers begin at zero.
            foreach (var parameter in model.parameters())
            {
                parameter.add_(randn_like(parameter) * 0.1);
            }
        }

        var images = randn(2, channels, rows, columns);
        Tensor Predict(Tensor x, long time, long told) => model.Predict(x, full([2], time, int64), full([2], told, int64));
        var output = Predict(images, 5, 1);
        Assert.Equal(images.shape, output.shape);
        Assert.True(output.isfinite().all().item<bool>());
        Assert.False(output.allclose(Predict(images, 800, 1)));
        Assert.False(output.allclose(Predict(images, 5, 5)));
        output.square().mean().backward();
        Assert.All(model.named_parameters(), static entry => Assert.True(entry.parameter.grad is { } grad && grad.isfinite().all().item<bool>(), entry.name));
        model.ToChannelsLast();
        Assert.True(Predict(images.ToChannelsLast(), 5, 1).allclose(output, 1e-3, 1e-4));
    }

    [Fact]
    public void Images_of_floats_are_scaled_by_their_range()
    {
        using var scope = NewDisposeScope();
        float[] pixels = [.. Enumerable.Range(0, 4 * 64).Select(static k => (float)((k % 5) - 1))];
        var set = SampleSet.FromFloats("floats", [1, 8, 8], pixels, new[] { 0, 1, 0, 1 }, classes: 2);
        var range = PixelRange.Of(set);
        Assert.Equal((-1f, 3f), (range.Low, range.High));
        var task = Task(data: new LoadedData(set, set, "floats", null));
        using var pass = task.OpenTrain(CPU, MemoryLayout.Contiguous).Read(new[] { 0, 1, 2, 3 }, new SampleDraws(1, 0));
        var batch = pass.Take(0, 4);
        var schedule = new NoiseSchedule(1000);
        for (var id = 0; id < 4; id++)
        {
            var alpha = schedule.AlphaBar((int)batch[NoisyReader.Time][id].item<long>());
            var expected = (Math.Sqrt(alpha) * ((pixels[id * 64] - 1) / 2)) + (Math.Sqrt(1 - alpha) * batch[NoisyReader.Noise][id, 0, 0, 0].item<float>());
            Assert.Equal(expected, batch[Batch.Input][id, 0, 0, 0].item<float>(), 1e-4);
        }

        Assert.True(range.ToPixels(tensor(new[] { -1f, 1f })).Equals(tensor(new[] { -1f, 3f })));
    }

    private static DenoisingTask Task(DenoisingRecipe? recipe = null, LoadedData? data = null) => new(data ?? Small.Images(96, 64), recipe ?? s_recipe);
}
