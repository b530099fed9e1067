// A policy of `starling export RUN --onnx cartpole.onnx` balances a pole, without Starling and without Python.
//
//     c++ -std=c++17 -O2 cartpole.cpp -I/usr/include/onnxruntime -lonnxruntime -o cartpole && ./cartpole cartpole.onnx
//
// On Debian 13 libonnxruntime-dev has what it needs; elsewhere ONNX Runtime's own archives have.
#include <onnxruntime_cxx_api.h>

#include <array>
#include <cmath>
#include <cstdio>

int main(int count, char **arguments) {
    if (count != 2) return std::fprintf(stderr, "usage: cartpole FILE.onnx\n"), 64;
    try {
        Ort::Env environment(ORT_LOGGING_LEVEL_WARNING);
        Ort::SessionOptions options;
        options.SetIntraOpNumThreads(1);
        Ort::Session session(environment, arguments[1], options);
        std::array<float, 4> state{0.01f, -0.02f, 0.03f, 0.04f};  // place, speed, angle, its speed: what the policy sees
        std::array<int64_t, 2> shape{1, 4};
        auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
        auto observation = Ort::Value::CreateTensor<float>(memory, state.data(), state.size(), shape.data(), shape.size());
        const char *input = "observation", *output = "action";
        int steps = 0;
        while (steps < 500 && std::abs(state[0]) < 2.4f && std::abs(state[2]) < 0.2095f) {
            auto made = session.Run(Ort::RunOptions{nullptr}, &input, &observation, 1, &output, 1);
            double force = made[0].GetTensorData<int64_t>()[0] == 1 ? 10 : -10;
            double sine = std::sin(state[2]), cosine = std::cos(state[2]);
            double push = (force + 0.05 * state[3] * state[3] * sine) / 1.1;
            double turn = (9.8 * sine - cosine * push) / (0.5 * (4.0 / 3 - 0.1 * cosine * cosine / 1.1));
            double pull = push - 0.05 * turn * cosine / 1.1;
            state = {float(state[0] + 0.02 * state[1]), float(state[1] + 0.02 * pull), float(state[2] + 0.02 * state[3]),
                     float(state[3] + 0.02 * turn)};
            steps++;
        }
        std::printf("%d steps\n", steps);
    } catch (const Ort::Exception &error) {
        return std::fprintf(stderr, "cartpole: %s\n", error.what()), 1;
    }
}
